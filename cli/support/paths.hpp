// Where things are: cogpp's own programs, headers and libraries, the user's cache,
// programs in PATH.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The prefix that this program was started from. The build tree has the layout of
/// an installed prefix: bin/, lib/cogpp/, include/cogpp/.
struct Installation {
  std::filesystem::path prefix;

  std::filesystem::path server() const { return prefix / "bin/cogpp-server"; }
  std::filesystem::path worker() const { return prefix / "bin/cogpp-worker"; }
  std::filesystem::path libraries() const { return prefix / "lib/cogpp"; }
  /// Python modules: the worker's, the schema's, the stand-in for coglet.
  std::filesystem::path python() const { return libraries() / "python"; }
  std::filesystem::path include() const { return prefix / "include"; }
  std::filesystem::path cmake_package() const { return prefix / "lib/cmake/cogpp"; }

  /// Of the running executable, links resolved.
  static Result<Installation> find();
};

/// $XDG_CACHE_HOME/cogpp or ~/.cache/cogpp. Not created.
std::filesystem::path cache_directory();

/// The directories of $PATH in their order. An empty name is none: POSIX takes it for the current
/// directory, and so a project that was fetched could put its own docker or python3 in place.
std::vector<std::filesystem::path> search_path();

/// The executable `name`, looked up in PATH unless it contains a slash.
std::optional<std::filesystem::path> find_program(std::string_view name);

/// `~` and `~/x` with the user's home directory.
std::filesystem::path expand_home(std::string_view path);

}  // namespace cogpp::cli
