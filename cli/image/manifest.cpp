// Manifests from JSON and back; members in the order of the specification.
#include "cli/image/manifest.hpp"

#include <map>

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

/// Attestations and weights are no images.
bool is_image(const OciDescriptor& manifest) {
  return !manifest.platform || manifest.platform->os != "unknown";
}

bool is_for(const OciDescriptor& manifest, const Platform& platform) {
  return manifest.platform && manifest.platform->os == platform.os &&
         manifest.platform->architecture == platform.architecture;
}

std::string annotation_of(const OciDescriptor& manifest, const char* key) {
  const auto found = manifest.annotations.find(key);
  return found == manifest.annotations.end() ? std::string() : found->second;
}

/// A name of containerd's as docker shows it.
std::string familiar_name(const std::string& full) {
  for (const std::string_view home : {"docker.io/library/", "docker.io/"}) {
    if (full.starts_with(home)) return full.substr(home.size());
  }
  return full;
}

std::string image_name(const OciDescriptor& manifest) {
  const std::string full = annotation_of(manifest, kFullName);
  return full.empty() ? annotation_of(manifest, kReferenceName) : familiar_name(full);
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
    if (!is_image(manifest)) continue;
    if (is_for(manifest, platform)) return manifest;
    images.push_back(&manifest);
    names += (names.empty() ? "" : ", ") + name_of(manifest.platform);
  }
  if (images.size() == 1 && !images.front()->platform) return *images.front();
  return Error{"no image for " + platform.os + "/" + platform.architecture + " among " +
               (names.empty() ? "none" : names)};
}

std::vector<std::string> rival_images(const Index& index, const Platform& platform) {
  // One image may have several names, and several variants of a platform.
  std::map<std::string, std::map<std::string, std::string>> images;
  std::vector<std::string> names;
  bool rivals = false;
  for (const OciDescriptor& manifest : index.manifests) {
    if (!is_image(manifest) || (manifest.platform && !is_for(manifest, platform))) continue;
    const std::string name = image_name(manifest);
    const std::string variant = manifest.platform ? manifest.platform->variant : "";
    std::map<std::string, std::string>& variants = images[name];
    if (variants.empty()) names.push_back(name);
    const auto [other, fresh] = variants.emplace(variant, manifest.digest.text());
    if (fresh || other->second == manifest.digest.text()) continue;
    names.push_back(name);
    rivals = true;
  }
  for (const auto& [name, variants] : images) rivals = rivals || variants != images.begin()->second;
  return rivals ? names : std::vector<std::string>();
}

bool is_called(const OciDescriptor& manifest, const std::string& name) {
  return name == image_name(manifest) || name == annotation_of(manifest, kFullName) ||
         name == annotation_of(manifest, kReferenceName);
}

}  // namespace cogpp::cli
