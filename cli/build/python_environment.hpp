// The virtual environment of a Python project: made once for the same interpreter and
// requirements, kept in the user's cache and shared by all projects that ask for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/build/python_interpreter.hpp"
#include "cli/build/python_requirements.hpp"
#include "cli/support/cache.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct PythonEnvironment {
  Interpreter interpreter;
  Requirements requirements;
  std::string key;                  ///< Digest of all that goes into it.
  std::filesystem::path directory;  ///< In the cache; make_environment() fills it.

  std::filesystem::path python() const { return directory / "bin/python"; }
};

/// What the environment would be; starts nothing and installs nothing.
Result<PythonEnvironment> plan_environment(const Project& project, const Interpreter& interpreter,
                                           const Context& context);

/// Makes it unless it is there: with uv where PATH has it, else with venv, and what it holds
/// is installed by a uv that is fetched for it (python_uv.hpp), else by pip. The
/// official package cog goes in without coglet, whose place cogpp's own module takes.
/// On failure the installer's output is on standard error and nothing is left. The
/// environment stays for as long as the result lives.
Result<CacheUse> make_environment(const PythonEnvironment& environment, const Project& project,
                                  Context& context);

/// NAME=value for programs that run in it, as if it were activated. PYTHONPATH leads to
/// cogpp's own modules first.
std::vector<std::string> environment_variables(const PythonEnvironment& environment,
                                               const Installation& installation);

}  // namespace cogpp::cli
