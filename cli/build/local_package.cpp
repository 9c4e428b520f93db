#include "cli/build/local_package.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"

// pip takes for a path what begins with a dot or has a slash, and archives by any name.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kMostHashed = std::uintmax_t{4} << 20;  // bytes of one file
constexpr std::array<std::string_view, 7> kArchives = {".whl",     ".zip",    ".tar", ".tar.gz",
                                                       ".tar.bz2", ".tar.xz", ".tgz"};
constexpr std::array<const char*, 3> kBuildFiles = {"pyproject.toml", "setup.cfg", "setup.py"};

/// What builds and tools leave beside the sources.
bool is_product(const fs::path& path) {
  const std::string name = path.filename().string();
  std::error_code ignored;
  return name.starts_with('.') || name.ends_with(".egg-info") || name.ends_with(".pyc") ||
         name == "__pycache__" || name == "build" || name == "dist" ||
         fs::exists(path / "pyvenv.cfg", ignored);
}

Result<std::string> package_file_identity(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return open_error(file, errno);
  if (static_cast<std::uintmax_t>(status.st_size) > kMostHashed) {
    return std::to_string(status.st_size) + ' ' + std::to_string(status.st_mtim.tv_sec) + '.' +
           std::to_string(status.st_mtim.tv_nsec);
  }
  const Result<std::string> content = read_file(file);
  if (!content) return content.error();
  return sha256(*content);
}

Result<std::vector<fs::path>> files_below(const fs::path& directory) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (is_product(entry->path())) {
      if (entry->is_directory(ignored)) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored)) {
      files.push_back(entry->path());
    }
  }
  if (error) return open_error(directory, error.value());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

bool is_archive(std::string_view name) {
  return std::any_of(kArchives.begin(), kArchives.end(),
                     [name](std::string_view ending) { return name.ends_with(ending); });
}

std::optional<fs::path> local_package(std::string_view line, const fs::path& project) {
  bool path_like = false;
  for (const std::string_view option : {"-f ", "--find-links ", "--find-links="}) {
    if (!line.starts_with(option)) continue;
    line.remove_prefix(option.size());
    path_like = true;
  }
  if (const auto at = line.find(" @ "); at != std::string_view::npos) line.remove_prefix(at + 3);
  line = line.substr(0, line.find_first_of(" \t;"));
  if (line.starts_with("file:")) {
    line.remove_prefix(5);
    if (line.starts_with("//")) line.remove_prefix(2);
    line = line.substr(0, line.find('#'));
    path_like = true;
  }
  if (line.ends_with(']')) line = line.substr(0, line.rfind('['));  // extras
  if (line.empty() || line.find("://") != std::string_view::npos) return std::nullopt;
  path_like = path_like || line.front() == '.' || line.find('/') != std::string_view::npos;
  if (!path_like && !is_archive(line)) return std::nullopt;
  const fs::path path = project / line;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return std::nullopt;
  return path;
}

Result<std::string> content_identity(const fs::path& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) return package_file_identity(path);
  const Result<std::vector<fs::path>> files = files_below(path);
  if (!files) return files.error();
  std::string lines;
  for (const fs::path& file : *files) {
    const Result<std::string> identity = package_file_identity(file);
    if (!identity) return identity.error();
    lines += file.lexically_relative(path).string() + ' ' + *identity + '\n';
  }
  return sha256(lines);
}

Result<std::string> editable_identity(const fs::path& directory) {
  std::error_code ignored;
  std::string lines = fs::weakly_canonical(directory, ignored).string() + '\n';
  for (const char* name : kBuildFiles) {
    if (!fs::exists(directory / name, ignored)) continue;
    const Result<std::string> identity = package_file_identity(directory / name);
    if (!identity) return identity.error();
    lines += *identity + '\n';
  }
  return sha256(lines);
}

}  // namespace cogpp::cli
