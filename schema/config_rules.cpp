// The rules of cog.yaml beyond types, in Cog's order and words (cog-cli §4.2, §4.3).
#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <system_error>

#include "schema/config.hpp"
#include "schema/config_weights.hpp"

namespace cogpp::schema {
namespace {

namespace fs = std::filesystem;

constexpr int kMinPythonMinor = 10;
constexpr int kMinPythonMinorForConcurrency = 11;
constexpr int kMinCudaMajor = 11;

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) return "";
  return std::string(text.substr(start, text.find_last_not_of(" \t\r\n") - start + 1));
}

/// Whether a wrong reference was at least meant for something else than Python.
bool mentions_native(const std::string& reference) {
  return reference.find(".cpp") != std::string::npos || reference.find(".pt") != std::string::npos;
}

PredictorReference parse_reference(const std::string& text) {
  if (text.ends_with(".pt") || text.ends_with(".pt2")) {
    return {.kind = PredictorKind::kModelFile, .file = text};
  }
  if (const auto parts = split(text, ".py:"); parts.size() == 2) {
    return {.kind = PredictorKind::kPython, .file = parts[0] + ".py", .name = parts[1]};
  }
  const auto parts = split(text, ".cpp:");
  if (parts.size() != 2 || parts[0].empty() || parts[1].empty()) return {};
  return {.kind = PredictorKind::kCpp, .file = parts[0] + ".cpp", .name = parts[1]};
}

class Rules {
 public:
  Rules(const Config& config, const ConfigOptions& options)
      : config_(config),
        directory_(options.directory),
        as_cog_(options.as_cog),
        predictor_(config.predictor()) {
    const std::string& reference = config.run.empty() ? config.predict : config.run;
    python_ = predictor_.kind == PredictorKind::kPython ||
              (predictor_.kind == PredictorKind::kNone && !mentions_native(reference));
  }

  std::vector<std::string> check() {
    check_schema();
    check_references();
    check_tensors();
    if (config_.build) check_build(*config_.build);
    check_environment();
    check_concurrency();
    check_model();
    check_weights(config_, broken_);
    return std::move(broken_);
  }

 private:
  void invalid(const std::string& field, const std::string& value, const std::string& problem) {
    broken_.push_back(invalid_text(field, value, problem));
  }
  void schema_error(const std::string& field, const std::string& problem) {
    broken_.push_back("schema error in " + quoted(field) + ": " + problem);
  }

  /// What Cog's JSON schema finds; one error only, as there.
  void check_schema() {
    if (config_.concurrency && !config_.concurrency->max) {
      return schema_error("concurrency", "max is required");
    }
    for (std::size_t i = 0; config_.build && i < config_.build->run.size(); ++i) {
      if (trimmed(config_.build->run[i].command).empty()) {
        return schema_error("build.run." + std::to_string(i), "command is required");
      }
      const auto& mounts = config_.build->run[i].mounts;
      for (std::size_t j = 0; j < mounts.size(); ++j) {
        if (mounts[j].type == "secret") continue;
        const std::string field =
            "build.run." + std::to_string(i) + ".mounts." + std::to_string(j) + ".type";
        return schema_error(field, field + " must be one of the following: \"secret\"");
      }
    }
  }

  void check_references() {
    if (!config_.run.empty() && !config_.predict.empty()) {
      invalid("run", "", "only one of run or predict can be set");
    } else if (predictor_.kind == PredictorKind::kNone) {
      check_form("run", config_.run, "run.py:Runner");
      check_form("predict", config_.predict, "predict.py:Predictor");
    }
    if (!config_.train.empty()) check_train();
  }

  /// Of a C++ project without a CMakeLists.txt only the predictor's file is compiled.
  void check_train() {
    const bool native = predictor_.kind == PredictorKind::kCpp;
    const auto parts = split(config_.train, native ? ".cpp:" : ".py:");
    std::error_code ignored;
    if (parts.size() != 2) {
      invalid("train", config_.train,
              native ? "must be in the form 'predict.cpp:train'"
                     : "must be in the form 'train.py:Trainer'");
    } else if (native && parts[0] + ".cpp" != predictor_.file &&
               !fs::exists(directory_ / "CMakeLists.txt", ignored)) {
      invalid("train", config_.train,
              "must be in " + predictor_.file + ", or the project needs a CMakeLists.txt");
    }
  }

  void check_form(const std::string& key, const std::string& value, const std::string& python) {
    if (value.empty()) return;
    const std::string native = "'predict.cpp:Predictor', 'model.pt' or 'model.pt2'";
    const std::string extension = fs::path(value.substr(0, value.find(':'))).extension().string();
    const bool cogs_text = extension == ".py" || (extension.empty() && as_cog_);
    invalid(key, value,
            "must be in the form " + (mentions_native(value)
                                          ? native
                                          : "'" + python + "'" + (cogs_text ? "" : ", " + native)));
  }

  void check_tensors() {
    const std::string& reference = config_.run.empty() ? config_.predict : config_.run;
    const bool model = predictor_.kind == PredictorKind::kModelFile;
    if (!config_.tensors) {
      if (!model) return;
      return invalid(config_.run.empty() ? "predict" : "run", reference,
                     "a model file needs a 'tensors' section that describes its inputs and its "
                     "output, e.g. tensors: {inputs: {x: {type: array, shape: [-1]}}, output: "
                     "{type: array}}");
    }
    if (!model) {
      return invalid("tensors", "",
                     "only a model file has tensors; name one, e.g. predict: model.pt2, or remove "
                     "the section");
    }
    const auto is_filled = [this](const char* key) {
      return config_.tensors->contains(key) && config_.tensors->at(key).is_object() &&
             !config_.tensors->at(key).empty();
    };
    if (!is_filled("inputs")) {
      invalid("tensors.inputs", "", "must be a mapping that names at least one input");
    }
    if (!is_filled("output")) {
      invalid("tensors.output", "", "must be a mapping, e.g. {type: array}");
    }
  }

  void check_build(const BuildConfig& build) {
    if (python_) check_python(build);
    if (!build.cuda.empty()) check_cuda(build.cuda);
    if (build.gpu && !build.cuda.empty() && !build.cudnn.empty()) check_cudnn(build);
    for (const BuildCommand& command : build.run) {
      const std::string text = trimmed(command.command);
      if (text.find('\n') == std::string::npos) continue;
      broken_.push_back(
          "One of the commands in 'run' contains a new line, which won't work. You need to create "
          "a new list item in YAML prefixed with '-' for each command.\n\nThis is the offending "
          "line: " +
          text);
    }
  }

  void check_python(const BuildConfig& build) {
    check_python_version(trimmed(build.python_version));
    if (!build.python_packages.empty() && !build.python_requirements.empty()) {
      invalid("build", "",
              "only one of python_packages or python_requirements can be set, not both");
    }
    const std::string& sdk = build.sdk_version;
    const bool digit = !sdk.empty() && sdk.front() >= '0' && sdk.front() <= '9';
    if (!sdk.empty() && !digit && sdk != "prerelease") {
      invalid("build.sdk_version", sdk, "must be a version (e.g., '0.22.0') or 'prerelease'");
    }
    std::error_code ignored;
    if (!build.python_requirements.empty() &&
        !fs::exists(directory_ / build.python_requirements, ignored)) {
      invalid("build.python_requirements", build.python_requirements, "file does not exist");
    }
  }

  void check_python_version(const std::string& version) {
    const std::string field = "build.python_version";
    if (version.empty()) {
      return invalid(field, "", kPythonVersionRequired);
    }
    const std::vector<std::string> parts = split(version, ".");
    if (parts.size() < 2) {
      return invalid(field, version, "must include major and minor version (e.g., '3.11')");
    }
    const std::optional<int> major = whole_number(parts[0]);
    const std::optional<int> minor = whole_number(parts[1]);
    if (!major) return invalid(field, version, "invalid major version number");
    if (!minor) return invalid(field, version, "invalid minor version number");
    if (*major < 3 || (*major == 3 && *minor < kMinPythonMinor)) {
      invalid(field, version,
              "minimum supported Python version is 3." + std::to_string(kMinPythonMinor));
    }
  }

  void check_cuda(const std::string& version) {
    const std::vector<std::string> parts = split(version, ".");
    if (parts.size() < 2) {
      return invalid("build.cuda", version,
                     "must include both major and minor versions (e.g., '11.8')");
    }
    const std::optional<int> major = whole_number(parts[0]);
    if (!major) return invalid("build.cuda", version, "invalid major version number");
    if (*major < kMinCudaMajor) {
      invalid("build.cuda", version,
              "minimum supported CUDA version is " + std::to_string(kMinCudaMajor));
    }
  }

  /// NVIDIA's images have cuDNN 8 up to CUDA 12.2 and 9 from 12.3 on (cog-cli §5.1).
  void check_cudnn(const BuildConfig& build) {
    const std::vector<std::string> parts = split(build.cuda, ".");
    const std::optional<int> major = whole_number(parts[0]);
    const std::optional<int> minor = parts.size() > 1 ? whole_number(parts[1]) : std::nullopt;
    if (!major || !minor || *major < kMinCudaMajor || *major > 13) return;
    const bool eight = *major == 11 || (*major == 12 && *minor <= 2);
    const std::string compatible = eight ? "8" : "9";
    if (build.cudnn == compatible) return;
    broken_.push_back("CUDA " + build.cuda + " is incompatible with CuDNN " + build.cudnn +
                      ": compatible CuDNN versions are: " + compatible);
  }

  /// Reserved names; a `*` stands for any end.
  static bool is_reserved(std::string_view name) {
    constexpr std::array<std::string_view, 15> kReserved{"PATH",
                                                         "LD_LIBRARY_PATH",
                                                         "PYTHONPATH",
                                                         "VIRTUAL_ENV",
                                                         "PYTHONUNBUFFERED",
                                                         "R8_*",
                                                         "REPLICATE_*",
                                                         "LIBRARY_PATH",
                                                         "CUDA_*",
                                                         "NVIDIA_*",
                                                         "NV_*",
                                                         "PGET_*",
                                                         "HF_ENDPOINT",
                                                         "HF_HUB_ENABLE_HF_TRANSFER",
                                                         "KUBERNETES_*"};
    return std::any_of(kReserved.begin(), kReserved.end(), [name](std::string_view pattern) {
      if (!pattern.ends_with('*')) return name == pattern;
      return name.starts_with(pattern.substr(0, pattern.size() - 1));
    });
  }

  void check_environment() {
    std::set<std::string> seen;
    for (const std::string& entry : config_.environment) {
      const std::size_t equals = entry.find('=');
      const std::string name = entry.substr(0, equals);
      std::string problem;
      if (equals == std::string::npos || !is_variable_name(name)) {
        problem = quoted(entry) + " is not in the KEY=VALUE format";
      } else if (is_reserved(name)) {
        problem = quoted(name) + " is not allowed: reserved for internal use";
      } else if (!seen.insert(name).second) {
        problem = quoted(name) + " is already defined";
      }
      if (!problem.empty()) return invalid("environment", "", "environment variable " + problem);
    }
  }

  static bool is_variable_name(std::string_view name) {
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')) return false;
    return name.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
               "0123456789_") == std::string_view::npos;
  }

  void check_concurrency() {
    if (!config_.concurrency || !config_.concurrency->max) return;
    const std::int64_t max = *config_.concurrency->max;
    const std::string value = std::to_string(max);
    if (max < 1) return invalid("concurrency.max", value, "must be at least 1");
    if (max == 1 || !python_ || !config_.build) return;
    const std::vector<std::string> parts = split(config_.build->python_version, ".");
    const std::optional<int> minor = parts.size() > 1 ? whole_number(parts[1]) : std::nullopt;
    if (minor && *minor < kMinPythonMinorForConcurrency) {
      invalid("concurrency.max", value, "concurrency requires Python 3.11 or higher");
    }
  }

  void check_model() {
    if (config_.model.empty()) return;
    const std::string& model = config_.model;
    if (!config_.image.empty()) invalid("model", "", "'model' and 'image' cannot both be set");
    const std::size_t slash = model.rfind('/');
    const std::size_t colon = model.find(':', slash == std::string::npos ? 0 : slash);
    if (colon != std::string::npos || model.find('@') != std::string::npos) {
      return invalid("model", model,
                     "must be a bare repository — tags and digests are not allowed");
    }
    const std::string first = model.substr(0, model.find('/'));
    const bool host = first.size() < model.size() &&
                      (first.find_first_of(".:") != std::string::npos || first == "localhost");
    const std::string repository = host ? model.substr(first.size() + 1) : model;
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789_-./";
    if (repository.find_first_not_of(kAllowed) != std::string::npos) {
      invalid("model", model,
              "invalid repository: repository can only contain the characters `" +
                  std::string(kAllowed) + "`: " + repository);
    } else if (repository.size() < 2 || repository.size() > 255) {
      invalid("model", model,
              "invalid repository: repository must be between 2 and 255 characters in length: " +
                  repository);
    }
  }

  const Config& config_;
  const fs::path& directory_;
  const bool as_cog_;
  const PredictorReference predictor_;
  bool python_ = true;
  std::vector<std::string> broken_;
};

}  // namespace

std::string invalid_text(const std::string& field, const std::string& value,
                         const std::string& problem) {
  std::string text = "invalid " + field;
  if (!value.empty()) text.append(" ").append(quoted(value));
  return text.append(": ").append(problem);
}

PredictorReference Config::predictor() const {
  return parse_reference(run.empty() ? predict : run);
}

PredictorReference Config::trainer() const { return parse_reference(train); }

std::int64_t Config::max_concurrency() const {
  return concurrency && concurrency->max ? *concurrency->max : 1;
}

std::vector<std::string> broken_rules(const Config& config, const ConfigOptions& options) {
  return Rules(config, options).check();
}

std::string Deprecation::text() const {
  return "deprecated field " + quoted(key) + ": use " + quoted(replacement) + " instead";
}

std::vector<Deprecation> deprecations(const Config& config) {
  std::vector<Deprecation> out;
  const auto deprecated = [&out](bool used, const char* key, const char* replacement) {
    if (used) out.push_back({key, replacement});
  };
  deprecated(!config.predict.empty(), "predict", "run");
  deprecated(config.concurrency && config.concurrency->max, "concurrency.max",
             "@cog.concurrent(max=...)");
  deprecated(config.build && !config.build->python_packages.empty(), "build.python_packages",
             "build.python_requirements");
  deprecated(config.build && !config.build->pre_install.empty(), "build.pre_install", "build.run");
  return out;
}

}  // namespace cogpp::schema
