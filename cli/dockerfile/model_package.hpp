// A compiled model, `model.pt2`, as the folder that an image has in its place. It holds
// native code: unpacked when the image is built and not at each start, and listed with its
// digests in SHA256SUMS, which the worker compares before it loads any of it.
#pragma once

#include <filesystem>

#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Whether `file`, relative to the project, is its predictor and a package to be unpacked.
bool is_model_package(const Project& project, const std::filesystem::path& file);

/// The folder, in `.cog/cache`, where it stays until the package's content is another one.
/// Its files have the modes and times that they have in every image. The caller holds the
/// project's lock. Fails, naming the file, where it is no zip archive or the disk is full.
Result<std::filesystem::path> unpacked_model(const Project& project);

}  // namespace cogpp::cli
