#include "cli/support/paths.hpp"

#include <unistd.h>

#include <sstream>
#include <string>

#include "schema/environment.hpp"

// Everything follows from /proc/self/exe and the environment.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

fs::path home() {
  const std::string home = environment_variable("HOME");
  return home.empty() ? "/" : home;
}

}  // namespace

Result<Installation> Installation::find() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{"could not find this program's own file: " + error.message()};
  return Installation{program.parent_path().parent_path()};
}

fs::path cache_directory() {
  const fs::path given = environment_variable("XDG_CACHE_HOME");
  return (given.is_absolute() ? given : home() / ".cache") / "cogpp";
}

std::vector<fs::path> search_path() {
  const std::string path = environment_variable("PATH");
  std::istringstream names(path.empty() ? "/usr/local/bin:/usr/bin:/bin" : path);
  std::vector<fs::path> directories;
  for (std::string name; std::getline(names, name, ':');) {
    if (!name.empty()) directories.emplace_back(name);
  }
  return directories;
}

std::optional<fs::path> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    if (::access(std::string(name).c_str(), X_OK) == 0) return fs::absolute(name);
    return std::nullopt;
  }
  if (name.empty()) return std::nullopt;
  for (const fs::path& directory : search_path()) {
    const fs::path candidate = directory / name;
    std::error_code ignored;
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, ignored)) {
      return fs::absolute(candidate);
    }
  }
  return std::nullopt;
}

fs::path expand_home(std::string_view path) {
  if (path == "~") return home();
  if (path.starts_with("~/")) return home() / path.substr(2);
  return path;
}

}  // namespace cogpp::cli
