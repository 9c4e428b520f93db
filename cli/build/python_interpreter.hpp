// Finds the Python interpreter of a project's version on this machine.
//
// Programs that are no scripts are asked first and their answers are remembered, so
// that the usual case starts no process; a shim's answer depends on its surroundings.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Interpreter {
  std::filesystem::path program;
  std::string version;   ///< "3.11.7"
  std::string identity;  ///< Changes when another interpreter takes the program's place.
};

/// Whether an interpreter of version `have` serves a project that asks for `want`:
/// major and minor must agree.
bool serves_version(const std::string& have, const std::string& want);

/// `given` (`--python`), or the interpreter of `version` among PATH, pyenv's and uv's.
/// The error names the version wanted and what was found.
Result<Interpreter> find_interpreter(const std::string& version, const std::filesystem::path& given,
                                     Context& context);

/// An interpreter that only reads sources: of this version, else the first `python3` in PATH.
Result<Interpreter> find_reader(const std::string& version, Context& context);

/// "3.12" of the first `python3` in PATH that the package cog supports.
Result<std::optional<std::string>> local_python(Context& context);

}  // namespace cogpp::cli
