// Images in registries, as bases to build on: manifest and configuration are read, layers
// stay where they are until somebody needs their bytes. Main thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/image/image.hpp"
#include "cli/registry/push.hpp"

namespace cogpp::cli {

/// The image of that platform. Its layers have an origin and no content; their media
/// types are OCI's, whatever the manifest says.
Result<Image> read_remote_image(const ImageReference& reference, const Platform& platform,
                                Registry& registry);

/// A layer of Docker's kind as one of OCI's: the bytes are the same. `image` names it in the
/// error of a kind that cannot be copied. Pure.
Result<OciDescriptor> oci_layer(OciDescriptor layer, const std::string& image);

/// Downloads the layers that have no content into `directory`, one file a digest, where
/// they stay, and makes the contents point there. What is there already is not asked for.
Status fetch_image_layers(Image& image, const std::string& repository, Registry& registry,
                          const std::filesystem::path& directory, Context& context);

}  // namespace cogpp::cli
