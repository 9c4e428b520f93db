#include "cli/support/paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

// Everything follows from /proc/self/exe and the environment.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

fs::path home() {
  const char* home = std::getenv("HOME");
  return home != nullptr && *home != '\0' ? fs::path(home) : fs::path("/");
}

}  // namespace

Result<Installation> Installation::find() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (error) return Error{"could not find this program's own file: " + error.message()};
  return Installation{program.parent_path().parent_path()};
}

fs::path cache_directory() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const bool given = cache != nullptr && *cache == '/';
  return (given ? fs::path(cache) : home() / ".cache") / "cogpp";
}

std::optional<fs::path> find_program(std::string_view name) {
  if (name.find('/') != std::string_view::npos) {
    if (::access(std::string(name).c_str(), X_OK) == 0) return fs::absolute(name);
    return std::nullopt;
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!name.empty()) {
    const auto end = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, end)) / name;
    std::error_code ignored;
    if (::access(candidate.c_str(), X_OK) == 0 && fs::is_regular_file(candidate, ignored)) {
      return fs::absolute(candidate);
    }
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return std::nullopt;
}

fs::path expand_home(std::string_view path) {
  if (path == "~") return home();
  if (path.starts_with("~/")) return home() / path.substr(2);
  return path;
}

}  // namespace cogpp::cli
