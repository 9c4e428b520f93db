// A Python project as the commands need it: its signature, told from the source without
// running it, and the environment that its worker will run in.
#pragma once

#include <filesystem>

#include "cli/build/native.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Finds the interpreter, reads the sources (remembered by content) and plans the
/// environment; nothing is installed yet. Errors of the sources have Cog's texts.
Result<Predictor> describe_python(const Project& project, const std::filesystem::path& python,
                                  Context& context);

/// The sources alone, for an image: whether their interpreter is on this machine does not
/// matter.
Result<Description> describe_sources(const Project& project, Context& context);

}  // namespace cogpp::cli
