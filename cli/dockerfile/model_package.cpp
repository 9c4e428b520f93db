// Packages have one folder at their root, named after the file they were exported to; the
// worker does without it.
#include "cli/dockerfile/model_package.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include "cli/dockerfile/staging.hpp"
#include "cli/image/archive_files.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPackageEnding = ".pt2";
constexpr const char* kUnpackedPrefix = "model-";
/// As the worker looks for it (runtime/torch/predictor/recorded_digests.cpp), in the form
/// of sha256sum.
constexpr const char* kDigestsFile = "SHA256SUMS";

/// Path in the folder to digest.
using FileList = std::map<std::string, std::string>;

/// The name without the archive's own root folder; nothing for what belongs in none, and
/// for what would leave it.
std::optional<fs::path> place_in_model(const std::string& name) {
  const auto root = name.find('/');
  if (root == std::string::npos || root + 1 == name.size()) return std::nullopt;
  if (name.starts_with("..")) return std::nullopt;  // names come in normal form
  return fs::path(name.substr(root + 1));
}

Status unpack_model(const fs::path& package, const fs::path& folder) {
  FileList files;
  const TakeArchiveFile take = [&](const std::string& name,
                                   const ReadArchiveBytes& read) -> Status {
    const std::optional<fs::path> place = place_in_model(name);
    if (!place) return {};
    std::error_code error;
    fs::create_directories((folder / *place).parent_path(), error);
    if (error) return open_error((folder / *place).parent_path(), error.value());
    const Result<Digest> digest = write_archive_file(read, folder / *place);
    if (!digest) return digest.error();
    files[place->string()] = digest->hex();
    return {};
  };
  if (Status read = read_zip_files(package, take); !read) return read;
  std::string text;
  for (const auto& [name, digest] : files) text += digest + "  " + name + "\n";
  return write_file(folder / kDigestsFile, text);
}

/// Only the present model's is kept.
void remove_unpacked(const fs::path& cache) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(cache, ignored)) {
    if (entry.path().filename().string().starts_with(kUnpackedPrefix)) {
      fs::remove_all(entry, ignored);
    }
  }
}

}  // namespace

bool is_model_package(const Project& project, const fs::path& file) {
  std::error_code ignored;
  return project.kind == PredictorKind::kModelFile && file == project.source.lexically_normal() &&
         file.extension() == kPackageEnding &&
         fs::symlink_status(project.directory / file, ignored).type() == fs::file_type::regular;
}

Result<fs::path> unpacked_model(const Project& project) {
  const fs::path package = project.directory / project.source;
  const fs::path cache = state_directory(project) / "cache";
  FileDigests digests = FileDigests::load(cache / "package-digests");
  const Result<std::string> digest = digests.of(package);
  if (!digest) return digest.error();
  const fs::path place = cache / (kUnpackedPrefix + *digest);
  std::error_code error;
  if (!fs::exists(place, error)) {
    remove_unpacked(cache);
    remove_abandoned(cache);
    Result<TemporaryDirectory> work = TemporaryDirectory::create(cache);
    if (!work) return work.error();
    const fs::path folder = work->path() / "model";
    fs::create_directory(folder, error);
    if (error) return open_error(folder, error.value());
    if (Status unpacked = unpack_model(package, folder); !unpacked) return unpacked.error();
    if (Status settled = settle_times(folder, std::nullopt); !settled) return settled.error();
    fs::rename(folder, place, error);
    if (error) return open_error(place, error.value());
  }
  digests.save();
  return place;
}

}  // namespace cogpp::cli
