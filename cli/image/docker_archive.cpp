// The archive's layers are plain tars, whose digests the configuration lists as
// diff_ids: hashing them also proves that the archive is whole.
#include "cli/image/docker_archive.hpp"

namespace cogpp::cli {
namespace {

struct Entry {
  std::string config;
  std::vector<std::string> tags;
  std::vector<std::string> layers;
};

Result<std::vector<std::string>> strings_of(const Json& entry, const char* key,
                                            const std::string& what) {
  std::vector<std::string> strings;
  const Json list = entry.value(key, Json());
  if (list.is_null()) return strings;
  if (!list.is_array()) return Error{what + ": manifest.json: " + key + " is not a list"};
  for (const Json& item : list) {
    if (!item.is_string())
      return Error{what + ": manifest.json: " + key + " holds what is no string"};
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

Result<Entry> read_entry(const Json& json, const std::string& what) {
  if (!json.is_object() || !json.contains("Config") || !json.at("Config").is_string()) {
    return Error{what + ": manifest.json names no Config"};
  }
  Result<std::vector<std::string>> tags = strings_of(json, "RepoTags", what);
  if (!tags) return tags.error();
  Result<std::vector<std::string>> layers = strings_of(json, "Layers", what);
  if (!layers) return layers.error();
  return Entry{json.at("Config").get<std::string>(), std::move(*tags), std::move(*layers)};
}

Result<Entry> choose_entry(const Json& list, const std::string& reference,
                           const std::string& what) {
  if (!list.is_array() || list.empty()) return Error{what + ": manifest.json lists no image"};
  std::vector<std::string> names;
  for (const Json& json : list) {
    Result<Entry> entry = read_entry(json, what);
    if (!entry) return entry;
    if (reference.empty() && list.size() == 1) return entry;
    for (const std::string& tag : entry->tags) {
      if (tag == reference) return entry;
      names.push_back(tag);
    }
    if (entry->tags.empty()) names.emplace_back();
  }
  if (reference.empty()) return several_images(what, names);
  return Error{what + " holds no image called " + reference + ", only " + image_list(names)};
}

Result<Blob> read_layer(const TarFile& archive, const std::string& name, const Digest& diff_id,
                        const std::string& what) {
  std::optional<Content> content = archive.find(name);
  if (!content) return Error{what + " lacks " + name};
  const Result<OciDescriptor> descriptor = describe(*content, kOciLayer);
  if (!descriptor) return descriptor.error();
  if (descriptor->digest != diff_id) {
    return Error{what + ": " + name + " has not the digest that the configuration names, " +
                 diff_id.text() + "; it is damaged"};
  }
  return Blob{.descriptor = *descriptor, .content = std::move(*content)};
}

}  // namespace

Result<Image> read_docker_archive(const TarFile& archive, const std::string& what,
                                  const std::string& reference) {
  const std::optional<Content> list = archive.find("manifest.json");
  if (!list) return Error{what + " is no image: it has neither index.json nor manifest.json"};
  const Result<std::string> text = read_all(*list);
  if (!text) return text.error();
  const Result<Json> json = parse_json(*text);
  if (!json) return json.error().within(what + ": manifest.json");
  const Result<Entry> entry = choose_entry(*json, reference, what);
  if (!entry) return entry.error();
  const std::optional<Content> config_content = archive.find(entry->config);
  if (!config_content) return Error{what + " lacks " + entry->config};
  Result<std::string> config_text = read_all(*config_content);
  if (!config_text) return config_text.error();
  const Result<ImageConfig> config = ImageConfig::parse(*config_text, what + ": " + entry->config);
  if (!config) return config.error();
  const std::vector<Digest> diff_ids = config->diff_ids();
  if (diff_ids.size() != entry->layers.size()) {
    return Error{what + " holds " + std::to_string(entry->layers.size()) +
                 " layers, its configuration names " + std::to_string(diff_ids.size())};
  }
  std::vector<Blob> layers;
  for (std::size_t i = 0; i < diff_ids.size(); ++i) {
    Result<Blob> layer = read_layer(archive, entry->layers[i], diff_ids[i], what);
    if (!layer) return layer.error();
    layers.push_back(std::move(*layer));
  }
  return assemble_image(make_blob(std::move(*config_text), kOciConfig), std::move(layers),
                        config->platform(), {});
}

}  // namespace cogpp::cli
