// Images from their parts.
#include "cli/image/image.hpp"

#include <algorithm>

namespace cogpp::cli {
namespace {

constexpr std::size_t kReadSize = std::size_t{1} << 20U;

}  // namespace

Result<OciDescriptor> describe(const Content& content, const std::string& media_type) {
  Sha256 hash;
  std::string buffer(kReadSize, '\0');
  ContentReader reader(content);
  for (;;) {
    const Result<std::size_t> count = reader.read(buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) break;
    hash.update({buffer.data(), *count});
  }
  return OciDescriptor{.media_type = media_type, .digest = hash.digest(), .size = content.size()};
}

Blob make_blob(std::string bytes, const std::string& media_type) {
  OciDescriptor descriptor{
      .media_type = media_type, .digest = Digest::of(bytes), .size = bytes.size()};
  return {.descriptor = std::move(descriptor), .content = Content::text(std::move(bytes))};
}

Image assemble_image(Blob config, std::vector<Blob> layers, const Platform& platform,
                     const Annotations& annotations) {
  Manifest manifest{.config = config.descriptor, .annotations = annotations};
  for (const Blob& layer : layers) manifest.layers.push_back(layer.descriptor);
  std::string text = manifest_text(manifest);
  OciDescriptor descriptor{.media_type = kOciManifest,
                           .digest = Digest::of(text),
                           .size = text.size(),
                           .platform = platform};
  return {.manifest = std::move(text),
          .descriptor = std::move(descriptor),
          .config = std::move(config),
          .layers = std::move(layers)};
}

Image make_image(ImageConfig config, std::vector<Blob> below, const std::vector<Layer>& layers,
                 const Annotations& annotations) {
  for (const Layer& layer : layers) {
    config.add_layer(layer.diff_id, layer.created_by, config.created());
    below.push_back(layer.blob);
  }
  return assemble_image(make_blob(config.text(), kOciConfig), std::move(below), config.platform(),
                        annotations);
}

std::string image_list(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) {
    list += (list.empty() ? "" : ", ") + (name.empty() ? "one without a name" : name);
  }
  return list;
}

Error several_images(const std::string& what, const std::vector<std::string>& names) {
  const auto named = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
    return !name.empty() && std::count(names.begin(), names.end(), name) == 1;
  });
  const std::string hint = named == names.end() ? ". Give each a name of its own, or leave one out"
                                                : ". Say which, as in " + what + ":" + *named;
  return Error{what + " holds several images: " + image_list(names) + hint};
}

Result<ImageConfig> read_config(const Image& image) {
  const std::string what = "image configuration " + image.config.descriptor.digest.text();
  const Result<std::string> text = read_all(image.config.content);
  if (!text) return text.error();
  Result<ImageConfig> config = ImageConfig::parse(*text, what);
  if (!config) return config;
  const std::size_t count = config->diff_ids().size();
  if (count != image.layers.size()) {
    return Error{what + " names " + std::to_string(count) + " layers, the manifest " +
                 std::to_string(image.layers.size())};
  }
  return config;
}

}  // namespace cogpp::cli
