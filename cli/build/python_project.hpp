// A Python project as the commands need it: its signature, told from the source without
// running it, and the environment that its worker will run in.
#pragma once

#include <optional>

#include "cli/build/given_schema.hpp"
#include "cli/build/native.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Finds the interpreter, reads the sources (remembered by content) and plans the
/// environment; nothing is installed yet. Errors of the sources have Cog's texts. Where the
/// sources do not tell the types, the user's document does, with a warning.
Result<Predictor> describe_python(const Project& project, const BuildOptions& options,
                                  Context& context);

/// The sources alone, for an image: whether their interpreter is on this machine does not
/// matter. `given` is the user's document, as given_schema() says; what is wrong with it
/// counts only where the sources do not tell the types.
Result<Description> describe_sources(const Project& project,
                                     const Result<std::optional<GivenSchema>>& given,
                                     Context& context);

}  // namespace cogpp::cli
