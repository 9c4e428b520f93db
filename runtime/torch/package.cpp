#include "runtime/torch/package.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "runtime/torch/archive.hpp"
#include "runtime/torch/device.hpp"
#include "schema/json.hpp"

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, std::string>;

constexpr std::string_view kModels = "data/aotinductor/";
constexpr std::string_view kMetadataEnd = "_metadata.json";

bool any_starts_with(const std::vector<std::string>& records, std::string_view prefix) {
  return std::any_of(records.begin(), records.end(),
                     [&](const std::string& record) { return record.starts_with(prefix); });
}

FileKind kind_of(const std::vector<std::string>& records) {
  const auto has = [&](std::string_view name) {
    return std::find(records.begin(), records.end(), name) != records.end();
  };
  if (any_starts_with(records, kModels)) return FileKind::kPackage;
  if (any_starts_with(records, "models/") || has("serialized_exported_program.json")) {
    return FileKind::kExportedProgram;
  }
  if (any_starts_with(records, "code/") && has("data.pkl")) return FileKind::kScript;
  if (has("data.pkl")) return FileKind::kStateDict;
  return FileKind::kUnknown;
}

/// The models of a package by name.
std::set<std::string> models_of(const std::vector<std::string>& records) {
  std::set<std::string> models;
  for (const std::string& record : records) {
    if (!record.starts_with(kModels)) continue;
    const auto end = record.find('/', kModels.size());
    if (end != std::string::npos)
      models.insert(record.substr(kModels.size(), end - kModels.size()));
  }
  return models;
}

Result<std::string> choose_model(const std::vector<std::string>& records) {
  const auto models = models_of(records);
  if (models.contains("model")) return std::string("model");
  if (models.size() == 1) return *models.begin();
  std::string names;
  for (const std::string& name : models) names += (names.empty() ? "" : ", ") + name;
  return Error{"it holds several models (" + names + ") and none is called 'model'; export one"};
}

Result<Metadata> read_metadata(Archive& archive, const std::vector<std::string>& files,
                               const std::string& folder) {
  const auto file = std::find_if(files.begin(), files.end(), [](const std::string& name) {
    return name.ends_with(kMetadataEnd);
  });
  if (file == files.end()) return Metadata{};
  auto text = archive.read(folder + "/" + *file);
  if (!text) return text.error();
  const Json tree = Json::parse(*text, nullptr, false);
  if (!tree.is_object()) return Error{"'" + *file + "' in it is not JSON"};
  Metadata metadata;
  for (const auto& [key, value] : tree.items()) {
    if (value.is_string()) metadata[key] = value.get<std::string>();
  }
  return metadata;
}

/// Looks for a word in the kernel's list: g++ 12 cannot ask for this one.
bool has_processor_flag(const std::string& flag) {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("flags")) return (line + " ").find(" " + flag + " ") != std::string::npos;
  }
  return false;
}

std::string value_of(const Metadata& metadata, const std::string& key) {
  const auto found = metadata.find(key);
  return found == metadata.end() ? std::string() : found->second;
}

Status check_gpu(const std::string& built, const HostFacts& host) {
  if (built.empty() || !host.gpu_capability) return {};
  const std::string here = std::to_string(*host.gpu_capability);
  if (built == here) return {};
  return Error{"it was compiled for a GPU of capability sm_" + built + ", this GPU (" +
               host.gpu_name + ") is sm_" + here + ". Export it on such a GPU."};
}

/// `built` is one or more words, as "AVX512 AVX512_VNNI AMX_TILE".
Status check_instructions(const std::string& built, const HostFacts& host) {
  // Only what this program can ask the processor for; others load as they are.
  static const std::set<std::string> known{"AVX2", "AVX512", "AVX512_VNNI", "AMX_TILE"};
  const auto& here = host.instructions;
  std::istringstream words(built);
  for (std::string word; words >> word;) {
    if (!known.contains(word) || std::find(here.begin(), here.end(), word) != here.end()) continue;
    std::string names;
    for (const std::string& name : here) names += (names.empty() ? "" : " ") + name;
    return Error{"it was compiled for a processor with " + built + ", this one has " +
                 (names.empty() ? "no vector instructions that count" : names) +
                 ". Export it on such a processor, or with ATEN_CPU_CAPABILITY=avx2."};
  }
  return {};
}

}  // namespace

Result<FileKind> recognise(const fs::path& path) {
  auto archive = Archive::open(path);
  if (!archive) return archive.error();
  return kind_of((*archive)->records());
}

HostFacts host_facts(const std::string& device) {
  HostFacts facts;
  facts.device = device;
  utsname system{};
  if (uname(&system) == 0) facts.machine = system.machine;
  facts.torch_version = torch_version();
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    facts.instructions.emplace_back("AVX2");
  }
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")) {
    facts.instructions.emplace_back("AVX512");
  }
  if (__builtin_cpu_supports("avx512vnni")) facts.instructions.emplace_back("AVX512_VNNI");
  if (has_processor_flag("amx_tile")) facts.instructions.emplace_back("AMX_TILE");
#endif
  return facts;
}

Status check_metadata(const Metadata& metadata, const HostFacts& host) {
  const auto differs = [&](const char* key, const std::string& here, const std::string& what,
                           const std::string& cure) -> Status {
    const std::string built = value_of(metadata, key);
    if (built.empty() || here.empty() || built == here) return {};
    return Error{"it was compiled for " + what + built + ", here it is " + here + ". " + cure};
  };
  const std::string again = "Export it again there.";
  if (auto same = differs("AOTI_PLATFORM", host.platform, "the platform ", again); !same)
    return same;
  if (auto same = differs("AOTI_MACHINE", host.machine, "the machine type ", again); !same)
    return same;
  if (auto same = differs("AOTI_DEVICE_KEY", host.device, "the device ",
                          "Pass --device, or export it for " + host.device + ".");
      !same) {
    return same;
  }
  const std::string built = value_of(metadata, "torch_version");
  if (!built.empty() && minor_version(built) != minor_version(host.torch_version)) {
    return Error{"it was exported with torch " + built + ", this is libtorch " +
                 host.torch_version + ". Export it with torch " +
                 minor_version(host.torch_version) + "."};
  }
  if (host.device == "cuda") return check_gpu(value_of(metadata, "AOTI_COMPUTE_CAPABILITY"), host);
  return check_instructions(value_of(metadata, "AOTI_CPU_ISA"), host);
}

Result<Package> Package::open(const fs::path& path) {
  auto archive = Archive::open(path);
  if (!archive) return archive.error();
  const auto records = (*archive)->records();
  const auto refuse = [&](const std::string& why) {
    return Error{"package '" + path.string() + "' cannot be loaded: " + why};
  };
  auto model = choose_model(records);
  if (!model) return refuse(model.error().message);

  Package package;
  package.path_ = path;
  package.model_folder_ = std::string(kModels) + *model;
  for (const std::string& record : records) {
    if (!record.starts_with(package.model_folder_ + "/")) continue;
    package.records_.push_back(record.substr(package.model_folder_.size() + 1));
    if (record.ends_with(".so")) package.library_name_ = package.records_.back();
  }
  if (package.library_name_.empty()) return refuse("it holds no compiled library (.so)");
  auto metadata = read_metadata(**archive, package.records_, package.model_folder_);
  if (!metadata) return refuse(metadata.error().message);
  package.metadata_ = std::move(*metadata);
  return package;
}

Status Package::unpack(bool private_copy) {
  auto archive = Archive::open(path_);
  if (!archive) return archive.error();
  if (!private_copy && !(*archive)->folder().empty()) {
    folder_ = (*archive)->folder() / model_folder_;
    library_ = folder_ / library_name_;
    return {};
  }
  auto directory = TempDirectory::create();
  if (!directory) return directory.error();
  for (const std::string& name : records_) {
    if (name.ends_with(".cpp")) continue;
    const fs::path target = directory->path() / name;
    std::error_code error;
    fs::create_directories(target.parent_path(), error);
    if (auto written = (*archive)->extract(model_folder_ + "/" + name, target); !written) {
      return written.error().within("package '" + path_.string() + "'");
    }
  }
  folder_ = directory->path();
  library_ = folder_ / library_name_;
  unpacked_ = std::move(*directory);
  return {};
}

}  // namespace cogpp::torch_models
