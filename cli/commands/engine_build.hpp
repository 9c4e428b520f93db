// What `build` and `push` share where an engine makes the image. Main thread.
#pragma once

#include <string>

#include "cli/commands/options.hpp"
#include "cli/dockerfile/project_image.hpp"
#include "cli/engine/engine.hpp"
#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The project's image, under the name that `options.image` or cog.yaml gives it.
Result<ProjectImage> build_with_engine(const BuildImageOptions& options, const Engine& engine,
                                       Context& context);

}  // namespace cogpp::cli
