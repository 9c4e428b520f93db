// What `cogpp doctor` finds in cog.yaml and in the sources that it names (cog-cli §12).
#pragma once

#include <optional>
#include <vector>

#include "cli/build/python_interpreter.hpp"
#include "cli/commands/doctor_report.hpp"
#include "cli/commands/options.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Adds what is wrong with the file itself. The project, if there is one and its cog.yaml can
/// be read.
std::optional<Project> check_config(const ProjectChoice& choice, std::vector<Check>& checks);

/// What the project's cog.yaml says and names. `interpreter` is that of a Python project: its
/// sources are read by it, by another one where it is missing, and changed with `--fix`.
std::vector<Check> check_project(const Project& project,
                                 const std::optional<Result<Interpreter>>& interpreter,
                                 const DoctorOptions& options, Context& context);

}  // namespace cogpp::cli
