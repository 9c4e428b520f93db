// Manifests from JSON and back; members in the order of the specification.
#include "cli/image/manifest.hpp"

#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

constexpr int kSchemaVersion = 2;

Result<Json> parse_document(std::string_view text, const std::string& what) {
  Result<Json> json = parse_json(text);
  if (!json) return json.error().within(what);
  if (!json->is_object()) return Error{what + ": is not a JSON object"};
  const auto version = json->find("schemaVersion");
  if (version == json->end() || *version != kSchemaVersion) {
    return Error{what + ": schemaVersion must be 2; other manifests are out of use"};
  }
  return json;
}

Result<std::vector<OciDescriptor>> read_list(const Json& json, const char* key,
                                             const std::string& what) {
  std::vector<OciDescriptor> list;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) {
    return Error{what + ": " + key + " is not a list"};
  }
  for (std::size_t i = 0; i < found->size(); ++i) {
    Result<OciDescriptor> item =
        read_descriptor((*found)[i], what + ": " + key + "[" + std::to_string(i) + "]");
    if (!item) return item.error();
    list.push_back(std::move(*item));
  }
  return list;
}

OrderedJson list_json(const std::vector<OciDescriptor>& list) {
  OrderedJson json = OrderedJson::array();
  for (const OciDescriptor& item : list) json.push_back(descriptor_json(item));
  return json;
}

std::string name_of(const std::optional<Platform>& platform) {
  return platform ? platform->os + "/" + platform->architecture : "no platform";
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view text, const std::string& what) {
  const Result<Json> json = parse_document(text, what);
  if (!json) return json.error();
  if (json->contains("manifests")) return Error{what + ": is an index, not an image's manifest"};
  const Result<OciDescriptor> config =
      read_descriptor(json->value("config", Json()), what + ": config");
  if (!config) return config.error();
  Result<std::vector<OciDescriptor>> layers = read_list(*json, "layers", what);
  if (!layers) return layers.error();
  Result<Annotations> annotations =
      read_annotations(json->value("annotations", Json()), what + ": annotations");
  if (!annotations) return annotations.error();
  return Manifest{.media_type = text_member(*json, "mediaType", kOciManifest),
                  .artifact_type = text_member(*json, "artifactType"),
                  .config = *config,
                  .layers = std::move(*layers),
                  .annotations = std::move(*annotations)};
}

Result<Index> parse_index(std::string_view text, const std::string& what) {
  const Result<Json> json = parse_document(text, what);
  if (!json) return json.error();
  Result<std::vector<OciDescriptor>> manifests = read_list(*json, "manifests", what);
  if (!manifests) return manifests.error();
  Result<Annotations> annotations =
      read_annotations(json->value("annotations", Json()), what + ": annotations");
  if (!annotations) return annotations.error();
  return Index{.media_type = text_member(*json, "mediaType", kOciIndex),
               .manifests = std::move(*manifests),
               .annotations = std::move(*annotations)};
}

std::string manifest_text(const Manifest& manifest) {
  OrderedJson json = {{"schemaVersion", kSchemaVersion}, {"mediaType", manifest.media_type}};
  if (!manifest.artifact_type.empty()) json["artifactType"] = manifest.artifact_type;
  json["config"] = descriptor_json(manifest.config);
  json["layers"] = list_json(manifest.layers);
  if (!manifest.annotations.empty()) json["annotations"] = manifest.annotations;
  return to_text(json);
}

std::string index_text(const Index& index) {
  OrderedJson json = {{"schemaVersion", kSchemaVersion}, {"mediaType", index.media_type}};
  json["manifests"] = list_json(index.manifests);
  if (!index.annotations.empty()) json["annotations"] = index.annotations;
  return to_text(json);
}

Result<OciDescriptor> select_platform(const Index& index, const Platform& platform) {
  std::vector<const OciDescriptor*> images;
  std::string names;
  for (const OciDescriptor& manifest : index.manifests) {
    if (manifest.platform && manifest.platform->os == "unknown") continue;
    if (manifest.platform && manifest.platform->os == platform.os &&
        manifest.platform->architecture == platform.architecture) {
      return manifest;
    }
    images.push_back(&manifest);
    names += (names.empty() ? "" : ", ") + name_of(manifest.platform);
  }
  if (images.size() == 1 && !images.front()->platform) return *images.front();
  return Error{"no image for " + platform.os + "/" + platform.architecture + " among " +
               (names.empty() ? "none" : names)};
}

}  // namespace cogpp::cli
