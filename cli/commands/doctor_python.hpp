// What `cogpp doctor` finds in a Python project's sources, and mends with --fix.
#pragma once

#include <filesystem>
#include <vector>

#include "cli/commands/doctor_report.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

/// The checks of cogpp_doctor, by `interpreter`; none when it cannot be run. Reads the
/// project's files and, with `fix`, changes them; never runs them.
std::vector<Check> check_python_sources(const Project& project,
                                        const std::filesystem::path& interpreter, bool fix,
                                        Context& context);

/// From what cogpp_doctor prints. Pure; a finding of a check that is not known is left out.
std::vector<Check> python_checks(const std::string& text);

}  // namespace cogpp::cli
