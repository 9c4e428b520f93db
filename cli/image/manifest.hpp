// Image manifests and indexes. What is read from elsewhere keeps its exact bytes,
// since they are what the digest is of; what cogpp makes is written here, the same
// bytes for the same content. Values; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/image/descriptor.hpp"

namespace cogpp::cli {

/// The annotation that names an image in a layout's index; builders and docker write the bare
/// tag there.
inline constexpr const char* kReferenceName = "org.opencontainers.image.ref.name";
/// That of containerd, docker and their builders: `docker.io/library/model:v1`.
inline constexpr const char* kFullName = "io.containerd.image.name";

struct Manifest {
  std::string media_type = kOciManifest;
  std::string artifact_type = {};
  OciDescriptor config;
  std::vector<OciDescriptor> layers = {};
  Annotations annotations = {};
};

struct Index {
  std::string media_type = kOciIndex;
  std::vector<OciDescriptor> manifests = {};
  Annotations annotations = {};
};

/// Reads the text of a manifest of OCI or of Docker's schema 2. `what` names it in
/// errors. An index is refused.
Result<Manifest> parse_manifest(std::string_view text, const std::string& what);
/// Reads the text of an index or of Docker's manifest list.
Result<Index> parse_index(std::string_view text, const std::string& what);

std::string manifest_text(const Manifest& manifest);
std::string index_text(const Index& index);

/// The one manifest of `index` that `platform` names; the only one where none has a
/// platform. Attestations and weights (`unknown/unknown`) are no images. The error
/// lists what there is.
Result<OciDescriptor> select_platform(const Index& index, const Platform& platform);

/// The names of the images in `index` among which `platform` does not choose, each image once for
/// each of its names; empty: there are no two. An image without a name has an empty one.
std::vector<std::string> rival_images(const Index& index, const Platform& platform);

/// Whether an entry of a layout's index has that name: as its annotations write it, or as people
/// do (`model:v1`).
bool is_called(const OciDescriptor& manifest, const std::string& name);

}  // namespace cogpp::cli
