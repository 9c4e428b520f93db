// The digests that `cogpp build` wrote down when it unpacked a compiled model into an image:
// native code that is not what was built must not be loaded.
#pragma once

#include <filesystem>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Compares the folder `model` with its list SHA256SUMS, in the form of sha256sum. Succeeds
/// for a file, and for a folder without a list. Reads all of it: about a second for each
/// 1 to 2 GB. The error names the first file that differs, is missing or is not listed.
Status check_recorded_digests(const std::filesystem::path& model);

}  // namespace cogpp::torch_models
