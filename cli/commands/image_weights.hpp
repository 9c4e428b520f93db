// The managed weights that an image wants: found, fetched where they are missing, mounted.
// Main thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/commands/image_run.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "cli/weights/lockfile.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Mounts these weights; `state` as WeightMounts::create.
Status mount_weights(ImageRun& run, const std::vector<LockedWeight>& weights,
                     const std::filesystem::path& state);

/// Mounts what `run`'s image wants: by weights.lock where the project here knows it, else by
/// the bundle that the image's registry has under its name, whose missing files are fetched.
/// What neither knows is told and left out.
Status mount_image_weights(ImageRun& run, const ProjectChoice& choice, Context& context);

}  // namespace cogpp::cli
