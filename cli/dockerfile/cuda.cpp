#include "cli/dockerfile/cuda.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string_view>

#include "cli/support/program.hpp"

// The tables hold what decides: the releases, and for a CUDA release its newest image.
namespace cogpp::cli {
namespace {

constexpr const char* kWithoutFramework = "11.8";

struct CudaRelease {
  std::string_view version;
  std::string_view cudnn;
  std::string_view ubuntu;  ///< The newest that it was published for.
};

constexpr std::array kCudaReleases = {
    CudaRelease{"11.0.3", "8", "20.04"}, CudaRelease{"11.1.1", "8", "20.04"},
    CudaRelease{"11.2.2", "8", "20.04"}, CudaRelease{"11.3.1", "8", "20.04"},
    CudaRelease{"11.4.3", "8", "20.04"}, CudaRelease{"11.5.2", "8", "20.04"},
    CudaRelease{"11.6.2", "8", "20.04"}, CudaRelease{"11.7.1", "8", "22.04"},
    CudaRelease{"11.8.0", "8", "22.04"}, CudaRelease{"12.0.1", "8", "22.04"},
    CudaRelease{"12.1.1", "8", "22.04"}, CudaRelease{"12.2.2", "8", "22.04"},
    CudaRelease{"12.3.2", "9", "22.04"}, CudaRelease{"12.4.1", "9", "22.04"},
    CudaRelease{"12.5.1", "9", "22.04"}, CudaRelease{"12.6.3", "9", "24.04"},
    CudaRelease{"12.8.1", "9", "24.04"}, CudaRelease{"12.9.1", "9", "24.04"},
    CudaRelease{"13.0.2", "9", "24.04"}, CudaRelease{"13.2.1", "9", "24.04"}};

struct Framework {
  std::string_view version;  ///< Its minor releases share an entry.
  std::string_view cudas;    ///< Separated by spaces, ascending.
};

constexpr std::array kTorch = {Framework{"1.11", "11.3"},
                               Framework{"1.12", "11.3 11.6"},
                               Framework{"1.13", "11.6 11.7"},
                               Framework{"2.0", "11.7 11.8"},
                               Framework{"2.1", "11.8 12.1"},
                               Framework{"2.2", "11.8 12.1"},
                               Framework{"2.3", "11.8 12.1"},
                               Framework{"2.4", "11.8 12.1 12.4"},
                               Framework{"2.5", "11.8 12.1 12.4"},
                               Framework{"2.6", "11.8 12.4 12.6"},
                               Framework{"2.7", "11.8 12.6 12.8"},
                               Framework{"2.8", "12.6 12.8 12.9"},
                               Framework{"2.9", "12.6 12.8 13.0"},
                               Framework{"2.10", "12.6 12.8 13.0"},
                               Framework{"2.11", "12.6 12.8 12.9 13.0"}};

constexpr std::array kTensorflow = {
    Framework{"2.4", "11.0"},  Framework{"2.5", "11.2"},  Framework{"2.6", "11.2"},
    Framework{"2.7", "11.2"},  Framework{"2.8", "11.2"},  Framework{"2.9", "11.2"},
    Framework{"2.10", "11.2"}, Framework{"2.11", "11.2"}, Framework{"2.12", "11.8"},
    Framework{"2.13", "11.8"}, Framework{"2.14", "11.8"}, Framework{"2.15", "12.2"},
    Framework{"2.16", "12.3"}, Framework{"2.17", "12.3"}, Framework{"2.18", "12.5"},
    Framework{"2.19", "12.5"}, Framework{"2.20", "12.5"}};

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find(separator), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

/// `12.8` of `12.8.1+x`; the text itself when it has fewer parts.
std::string minor_of(std::string_view version) {
  version = version.substr(0, version.find('+'));
  const auto dot = version.find('.');
  if (dot == std::string_view::npos) return std::string(version);
  return std::string(version.substr(0, version.find('.', dot + 1)));
}

int major_of(std::string_view version) {
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

/// `12.8` as a number that compares: 12008.
int rank(std::string_view version) {
  const std::string minor = minor_of(version);
  const auto dot = minor.find('.');
  int part = 0;
  if (dot != std::string::npos) {
    std::from_chars(minor.data() + dot + 1, minor.data() + minor.size(), part);
  }
  return major_of(minor) * 1000 + part;
}

std::string_view cudas_of(std::span<const Framework> table, const std::string& version) {
  const std::string minor = minor_of(version);
  for (const Framework& entry : table) {
    if (entry.version == minor) return entry.cudas;
  }
  return {};
}

struct Requirement {
  std::string name;
  std::string version;  ///< Empty: not said.
  bool pinned = false;  ///< `==`
};

/// Cog's reading of a line: the first version that stands in it is "the" version.
Requirement read_requirement(std::string_view line) {
  const auto end = line.find_first_of("=<>!~ ;[@");
  Requirement requirement{.name = std::string(line.substr(0, end)), .version = {}, .pinned = false};
  if (end == std::string_view::npos) return requirement;
  std::string_view rest = line.substr(end);
  if (rest.starts_with('[')) rest.remove_prefix(std::min(rest.find(']'), rest.size() - 1) + 1);
  const auto mark = rest.find_first_of("=<>!~");
  if (mark == std::string_view::npos || rest.substr(0, mark).find(';') != std::string_view::npos) {
    return requirement;
  }
  rest.remove_prefix(mark);
  requirement.pinned = rest.starts_with("==");
  rest.remove_prefix(std::min(rest.find_first_not_of("=<>!~ "), rest.size()));
  requirement.version = std::string(rest.substr(0, rest.find_first_of(" ,;|")));
  return requirement;
}

std::optional<Requirement> find_requirement(const std::string& requirements,
                                            std::string_view name) {
  for (const std::string& line : split(requirements, '\n')) {
    Requirement requirement = read_requirement(line);
    if (requirement.name == name) return requirement;
  }
  return std::nullopt;
}

const CudaRelease* find_release(const std::string& cuda, const std::string& cudnn) {
  const bool exact = std::count(cuda.begin(), cuda.end(), '.') == 2;
  for (const CudaRelease& release : kCudaReleases) {
    const bool same = exact ? release.version == cuda : minor_of(release.version) == minor_of(cuda);
    if (same && (cudnn.empty() || release.cudnn == cudnn)) return &release;
  }
  return nullptr;
}

Error unknown_framework(const std::string& name, const std::string& version,
                        const std::string& site) {
  return Error{program_name() + " doesn't know what CUDA version is compatible with " + name +
               "==" + version + ". You might need to upgrade " + product_name() +
               (called_cog() ? ": https://github.com/replicate/cog#upgrade" : "") +
               "\n\nIf that doesn't work, you need to set the "
               "'cuda' option in cog.yaml to set what version to use. You might be able to find "
               "this out from " +
               site};
}

/// Cog reads a range as its first version; what is installed may be made for another CUDA.
void warn_of_range(const Requirement& framework, const std::string& cuda,
                   std::vector<std::string>& warnings) {
  if (framework.pinned) return;
  warnings.push_back("CUDA " + cuda + " is chosen for " + framework.name + " " + framework.version +
                     ", the first version that the requirements name, but " +
                     "another one may be installed. Pin it (" + framework.name +
                     "==VERSION) or set build.cuda in cog.yaml");
}

Result<std::string> cuda_of_torch(const Requirement& torch, const std::string& given,
                                  std::vector<std::string>& warnings) {
  const std::vector<std::string> cudas = split(cudas_of(kTorch, torch.version), ' ');
  if (given.empty()) {
    // `2.7.0+cu126` says it itself.
    const auto mark = torch.version.find("+cu");
    for (const std::string& cuda : cudas) {
      std::string digits = cuda;
      std::erase(digits, '.');
      if (mark != std::string::npos && torch.version.substr(mark + 3) == digits) return cuda;
    }
    if (cudas.empty()) {
      return unknown_framework("torch", torch.version, "https://pytorch.org/");
    }
    warn_of_range(torch, cudas.back(), warnings);
    return cudas.back();
  }
  if (!cudas.empty() && std::find(cudas.begin(), cudas.end(), minor_of(given)) == cudas.end()) {
    warnings.push_back(product_name() + " doesn't know if CUDA " + given +
                       " is compatible with PyTorch " + torch.version +
                       ". This might cause CUDA problems.");
    warnings.push_back("Try " + cudas.back() + " instead?");
  }
  return given;
}

Result<std::string> choose_version(const schema::BuildConfig& build,
                                   const std::string& requirements,
                                   std::vector<std::string>& warnings) {
  const auto tensorflow = find_requirement(requirements, "tensorflow");
  const auto torch = find_requirement(requirements, "torch");
  if (tensorflow && !tensorflow->version.empty()) {
    const std::string& version = tensorflow->version;
    const std::string cuda(cudas_of(kTensorflow, version));
    if (!build.cuda.empty() && !cuda.empty() && major_of(cuda) != major_of(build.cuda)) {
      return Error{"TensorFlow " + version + " is incompatible with CUDA " + build.cuda +
                   ": TensorFlow " + version + " requires CUDA " + cuda};
    }
    if (!build.cuda.empty()) return build.cuda;
    if (!cuda.empty()) {
      warn_of_range(*tensorflow, cuda, warnings);
      return cuda;
    }
    return unknown_framework("tensorflow", tensorflow->version, "https://www.tensorflow.org/");
  }
  if (torch) {
    if (torch->version.empty()) {
      return Error{"torch version must be specified when using CUDA"};
    }
    return cuda_of_torch(*torch, build.cuda, warnings);
  }
  return build.cuda.empty() ? kWithoutFramework : build.cuda;
}

/// `torch==2.9.1` of `torch==2.9.1+cu130`: the index has one variant alone.
std::string without_variants(const std::string& requirements) {
  std::string text;
  for (std::string line : split(requirements, '\n')) {
    const Requirement requirement = read_requirement(line);
    const bool rewritten = requirement.name == "torch" || requirement.name == "torchvision";
    const auto variant = requirement.version.find('+');
    if (rewritten && requirement.pinned && variant != std::string::npos) {
      const std::string rest = requirement.version.substr(variant);
      line.erase(line.find(rest), rest.size());
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace

std::string pinned_torch(const std::string& requirements) {
  const std::optional<Requirement> torch = find_requirement(requirements, "torch");
  return torch && torch->pinned ? torch->version.substr(0, torch->version.find('+')) : "";
}

Result<CudaChoice> choose_cuda(const schema::BuildConfig& build, const std::string& requirements) {
  CudaChoice choice;
  Result<std::string> cuda = choose_version(build, requirements, choice.warnings);
  if (!cuda) return cuda.error();
  choice.cuda = std::move(*cuda);
  const CudaRelease* release = find_release(choice.cuda, "");
  if (release == nullptr)
    return Error{"CUDA " + choice.cuda + " is not supported by " + product_name()};
  if (!build.cudnn.empty() && build.cudnn != release->cudnn) {
    return Error{"the specified CUDA version " + choice.cuda + " is not compatible with CuDNN " +
                 build.cudnn + ".\nCompatible CuDNN versions are: " + std::string(release->cudnn)};
  }
  choice.cudnn = std::string(release->cudnn);
  return choice;
}

std::vector<std::string> cudas_of_torch(const std::string& version) {
  return split(cudas_of(kTorch, version), ' ');
}

Result<std::string> cuda_image(const CudaChoice& choice) {
  const CudaRelease* release = find_release(choice.cuda, choice.cudnn);
  if (release == nullptr) {
    return Error{"no matching base image for CUDA " + choice.cuda + " and CuDNN " + choice.cudnn};
  }
  // From 12.4 on the tags no longer say which cuDNN.
  const bool says_cudnn = rank(release->version) < rank("12.4");
  return "nvidia/cuda:" + std::string(release->version) + "-cudnn" +
         (says_cudnn ? std::string(release->cudnn) : "") + "-devel-ubuntu" +
         std::string(release->ubuntu);
}

std::string with_torch_index(const std::string& requirements, const std::string& cuda) {
  std::optional<Requirement> torch = find_requirement(requirements, "torch");
  if (!torch || !torch->pinned) torch = find_requirement(requirements, "torchvision");
  if (!torch || !torch->pinned) return requirements;
  // A place of the project's own may have the variant that a line asks for.
  const bool own_place = requirements.find("-index-url") != std::string::npos ||
                         requirements.find("--find-links") != std::string::npos;
  std::string wheels = "cpu";
  if (!cuda.empty()) {
    std::string best;
    for (const std::string& known : cudas_of_torch(torch->version)) {
      if (rank(known) <= rank(cuda)) best = known;
    }
    if (torch->name != "torch" || best.empty()) return requirements;
    std::erase(best, '.');
    wheels = "cu" + best;
  }
  return "--extra-index-url https://download.pytorch.org/whl/" + wheels + "/\n" +
         (own_place ? requirements : without_variants(requirements));
}

}  // namespace cogpp::cli
