// The image of a project, made by an engine: `cogpp build`, and what predict, serve and
// exec run with --docker. Main thread.
#pragma once

#include <string>

#include "cli/dockerfile/image_options.hpp"
#include "cli/engine/engine.hpp"
#include "cli/engine/images.hpp"
#include "cli/support/context.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct ProjectImage {
  std::string name;
  ImageInfo info;
};

/// Waits until no other build of the project runs. Held until the image is made: what
/// `.cog/build` and `.cog/cache` hold belongs to its holder.
Result<Descriptor> lock_project(const Project& project, Context& context);

/// Makes the base images if need be, builds, and gives the image its labels, schema and
/// list of parts. One build of a project at a time: others wait for it. The engine's
/// progress goes to standard error.
Result<ProjectImage> build_project_image(const Project& project, const ImageOptions& options,
                                         const Engine& engine, Context& context);

}  // namespace cogpp::cli
