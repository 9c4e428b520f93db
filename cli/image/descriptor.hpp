// Descriptors and the media types that cogpp reads and writes (OCI image
// specification 1.1 and Docker's schema 2). Values; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "cli/image/digest.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

inline constexpr const char* kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr const char* kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr const char* kOciConfig = "application/vnd.oci.image.config.v1+json";
inline constexpr const char* kOciLayer = "application/vnd.oci.image.layer.v1.tar";
inline constexpr const char* kOciLayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";
inline constexpr const char* kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr const char* kDockerIndex =
    "application/vnd.docker.distribution.manifest.list.v2+json";

struct Platform {
  std::string os = "linux";
  std::string architecture = "amd64";
  std::string variant = {};

  friend bool operator==(const Platform&, const Platform&) = default;
};

using Annotations = std::map<std::string, std::string>;

/// What a manifest says of a blob or another manifest.
struct OciDescriptor {
  std::string media_type;
  Digest digest;
  std::uint64_t size = 0;
  std::optional<Platform> platform = std::nullopt;
  std::string artifact_type = {};
  Annotations annotations = {};

  friend bool operator==(const OciDescriptor&, const OciDescriptor&) = default;
};

/// True for an image index or Docker's manifest list.
bool is_index_type(const std::string& media_type);

/// `what` names the descriptor in errors: "layers[2]".
Result<OciDescriptor> read_descriptor(const Json& json, const std::string& what);
OrderedJson descriptor_json(const OciDescriptor& descriptor);

/// The strings of a JSON object; null and absence count as none.
Result<Annotations> read_annotations(const Json& json, const std::string& what);

}  // namespace cogpp::cli
