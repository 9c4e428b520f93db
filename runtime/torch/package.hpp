// A `.pt2` package of AOTInductor before anything of it is loaded: which model it
// holds, for which machine it was compiled, and its files unpacked. The code inside
// is native, so what can be checked is checked first.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/torch/temp_directory.hpp"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// What a model file is, by its content.
enum class FileKind { kScript, kPackage, kExportedProgram, kStateDict, kUnknown };

/// Looks into the zip archive (or, for a package, the unpacked folder) at `path`.
/// An error where the file is missing, unreadable or no intact zip.
Result<FileKind> recognise(const std::filesystem::path& path);

/// What this machine offers to a compiled model.
struct HostFacts {
  std::string device;                     ///< "cpu" or "cuda", as asked for.
  std::string platform = "linux";         ///< Python's sys.platform.
  std::string machine;                    ///< uname -m.
  std::vector<std::string> instructions;  ///< As AOTInductor names them: AVX2, AVX512, …
  std::string torch_version;              ///< Of the libtorch in this process: "2.11.0".
  std::optional<int> gpu_capability;      ///< 90 for sm_90.
  std::string gpu_name;
};

/// Facts of this process, without the GPU's.
HostFacts host_facts(const std::string& device);

/// Compares a package's metadata with this machine; the error names both sides.
/// Absent keys are not compared: `torch_version` is there only where the export
/// wrote it (aot_inductor.metadata).
Status check_metadata(const std::map<std::string, std::string>& metadata, const HostFacts& host);

/// An opened package. Not thread-safe.
class Package {
 public:
  /// `path` is a `.pt2` or its unpacked folder. The model is the one called "model",
  /// or the only one.
  static Result<Package> open(const std::filesystem::path& path);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  /// Unpacks where needed; a folder is used as it is, or copied for `private_copy`.
  /// Afterwards library() and folder() hold.
  Status unpack(bool private_copy = false);
  const std::filesystem::path& library() const { return library_; }
  const std::filesystem::path& folder() const { return folder_; }
  /// Removes unpacked files: a loaded library needs its file no longer.
  void discard() { unpacked_.reset(); }

 private:
  std::filesystem::path path_;
  std::string model_folder_;          ///< Inside the archive: "data/aotinductor/model".
  std::string library_name_;          ///< In that folder.
  std::vector<std::string> records_;  ///< File names of that folder.
  std::map<std::string, std::string> metadata_;
  std::optional<TempDirectory> unpacked_;
  std::filesystem::path folder_;
  std::filesystem::path library_;
};

}  // namespace cogpp::torch_models
