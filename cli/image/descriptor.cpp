// Descriptors from JSON and back; members in the order of the specification.
#include "cli/image/descriptor.hpp"

namespace cogpp::cli {
namespace {

/// The string `key`; empty when absent.
Result<std::string> text_of(const Json& json, const char* key, const std::string& what) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return std::string();
  if (!found->is_string()) return Error{what + "." + key + " is not a string"};
  return found->get<std::string>();
}

Result<Platform> read_platform(const Json& json, const std::string& what) {
  if (!json.is_object()) return Error{what + " is not an object"};
  Platform platform;
  for (auto [key, member] :
       {std::pair{"os", &platform.os}, std::pair{"architecture", &platform.architecture},
        std::pair{"variant", &platform.variant}}) {
    Result<std::string> text = text_of(json, key, what);
    if (!text) return text.error();
    *member = std::move(*text);
  }
  return platform;
}

}  // namespace

bool is_index_type(const std::string& media_type) {
  return media_type == kOciIndex || media_type == kDockerIndex;
}

Result<Annotations> read_annotations(const Json& json, const std::string& what) {
  Annotations annotations;
  if (json.is_null()) return annotations;
  if (!json.is_object()) return Error{what + " is not an object"};
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) return Error{what + "." + key + " is not a string"};
    annotations[key] = value.get<std::string>();
  }
  return annotations;
}

Result<OciDescriptor> read_descriptor(const Json& json, const std::string& what) {
  if (!json.is_object()) return Error{what + " is not an object"};
  const Result<std::string> media_type = text_of(json, "mediaType", what);
  if (!media_type) return media_type.error();
  const Result<std::string> digest_text = text_of(json, "digest", what);
  if (!digest_text) return digest_text.error();
  const Result<Digest> digest = Digest::parse(*digest_text);
  if (!digest) return digest.error().within(what);
  const auto size = json.find("size");
  if (size == json.end() || !size->is_number_unsigned()) {
    return Error{what + ".size is not a whole number"};
  }
  const Result<std::string> artifact_type = text_of(json, "artifactType", what);
  if (!artifact_type) return artifact_type.error();
  Result<Annotations> annotations =
      read_annotations(json.value("annotations", Json()), what + ".annotations");
  if (!annotations) return annotations.error();
  OciDescriptor descriptor{.media_type = *media_type,
                           .digest = *digest,
                           .size = size->get<std::uint64_t>(),
                           .artifact_type = *artifact_type,
                           .annotations = std::move(*annotations)};
  if (const auto found = json.find("platform"); found != json.end() && !found->is_null()) {
    Result<Platform> platform = read_platform(*found, what + ".platform");
    if (!platform) return platform.error();
    descriptor.platform = std::move(*platform);
  }
  return descriptor;
}

OrderedJson descriptor_json(const OciDescriptor& descriptor) {
  OrderedJson json = {{"mediaType", descriptor.media_type},
                      {"digest", descriptor.digest.text()},
                      {"size", descriptor.size}};
  if (const auto& platform = descriptor.platform) {
    json["platform"] = {{"architecture", platform->architecture}, {"os", platform->os}};
    if (!platform->variant.empty()) json["platform"]["variant"] = platform->variant;
  }
  if (!descriptor.artifact_type.empty()) json["artifactType"] = descriptor.artifact_type;
  if (!descriptor.annotations.empty()) json["annotations"] = descriptor.annotations;
  return json;
}

}  // namespace cogpp::cli
