// An image at hand: its manifest, configuration and blobs, as values. Sources (layout,
// docker-save archive, a build) make one, sinks (layout, registry) take it.
#pragma once

#include <string>
#include <vector>

#include "cli/image/content.hpp"
#include "cli/image/image_config.hpp"
#include "cli/image/manifest.hpp"

namespace cogpp::cli {

/// A blob and where its bytes are.
struct Blob {
  OciDescriptor descriptor;
  Content content;
  /// `registry/repository` that holds it already; empty: none known. A registry may
  /// take it from there instead of from us, and the content may be missing then.
  std::string origin = {};
};

/// A layer that is not in an image yet: `diff_id` is the digest of the unpacked tar.
struct Layer {
  Blob blob;
  Digest diff_id;
  std::string created_by = {};  ///< For the image's history.
};

struct Image {
  std::string manifest;      ///< The exact text.
  OciDescriptor descriptor;  ///< Of that text.
  Blob config;
  std::vector<Blob> layers;
};

/// Hashes `content` from its begin to its end.
Result<OciDescriptor> describe(const Content& content, const std::string& media_type);
/// A small blob of `bytes`.
Blob make_blob(std::string bytes, const std::string& media_type);

/// The image of `config`, whose layers are `below` (the base's blobs, as its rootfs
/// lists them) and `layers` on top; their diff_ids and history are added to it.
/// The same input gives the same digest.
Image make_image(ImageConfig config, std::vector<Blob> below, const std::vector<Layer>& layers,
                 const Annotations& annotations = {});

/// The image of a configuration that is complete already, and its layers.
Image assemble_image(Blob config, std::vector<Blob> layers, const Platform& platform,
                     const Annotations& annotations);

/// `one:1, two:1`, for errors; an empty name is that of an image without one.
std::string image_list(const std::vector<std::string>& names);
/// Why none is taken where `what` holds the images `names` and nobody said which.
Error several_images(const std::string& what, const std::vector<std::string>& names);

/// Reads the image's configuration. Checks that it fits the manifest: as many layers
/// as diff_ids.
Result<ImageConfig> read_config(const Image& image);

}  // namespace cogpp::cli
