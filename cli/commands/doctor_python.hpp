// What `cogpp doctor` finds in a Python project's sources, and mends with --fix.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/build/python_interpreter.hpp"
#include "cli/commands/doctor_report.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What the sources show. Those of the group Config stand among the other checks of cog.yaml.
struct PythonChecks {
  std::vector<Check> migration = {};    ///< Under Cog's name: one check. Else none.
  std::vector<Finding> reference = {};  ///< Of the names in cog.yaml.
  std::vector<Check> sources = {};      ///< Of the group Python.
};

/// The checks of cogpp_doctor, by `interpreter`, which is the project's, or where that is
/// missing by any other; without one a warning names what was not looked at. Reads the
/// project's files and, with `fix`, changes them; never runs them.
PythonChecks check_python_sources(const Project& project, const Result<Interpreter>& interpreter,
                                  bool fix, Context& context);

/// From what cogpp_doctor prints; nothing where that is no list of findings. Pure; a finding of
/// a check that is not known is left out.
std::optional<PythonChecks> python_checks(const std::string& text);

}  // namespace cogpp::cli
