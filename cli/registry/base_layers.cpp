// Engines give layers unpacked, and blobs in registries are packed as their first sender
// liked: that both are the same layer, the digests of the unpacked tars say.
#include "cli/registry/base_layers.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "cli/image/labels.hpp"
#include "cli/registry/remote_image.hpp"

namespace cogpp::cli {
namespace {

/// The blobs of the base that are the image's lowest layers.
Result<std::vector<Blob>> common_layers(const ImageConfig& config, const ImageReference& reference,
                                        Registry& registry) {
  Result<Image> base = read_remote_image(reference, config.platform(), registry);
  if (!base) return base.error();
  const Result<ImageConfig> base_config = read_config(*base);
  if (!base_config) return base_config.error();
  const std::vector<Digest> own = config.diff_ids();
  const std::vector<Digest> other = base_config->diff_ids();
  const auto end = std::mismatch(own.begin(), own.end(), other.begin(), other.end()).first;
  base->layers.erase(base->layers.begin() + (end - own.begin()), base->layers.end());
  return std::move(base->layers);
}

/// Those of the layers that the repository has now, from the lowest on.
Result<std::vector<Blob>> provide(std::vector<Blob> layers, const std::string& repository,
                                  const std::string& from, Registry& registry) {
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Result<bool> there = registry.provide_blob(repository, layers[i].descriptor.digest, from);
    if (!there) return there.error();
    if (!*there) layers.erase(layers.begin() + static_cast<std::ptrdiff_t>(i), layers.end());
  }
  return layers;
}

/// How many blobs of `layers` are others than those at the same places of `own`.
std::size_t others(const std::vector<Blob>& layers, const std::vector<Blob>& own) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].descriptor.digest != own[i].descriptor.digest) ++count;
  }
  return count;
}

/// The image with other blobs for its lowest layers, as an image of OCI's kinds; the very
/// same image where these are its blobs already.
Result<Image> with_lowest(Image image, const std::vector<Blob>& lowest, const Platform& platform) {
  if (others(lowest, image.layers) == 0) return image;
  Result<Manifest> manifest = parse_manifest(image.manifest, "the image's manifest");
  if (!manifest) return manifest.error();
  std::copy(lowest.begin(), lowest.end(), image.layers.begin());
  for (Blob& layer : image.layers) {
    Result<OciDescriptor> described = oci_layer(std::move(layer.descriptor), "the image");
    if (!described) return described.error();
    layer.descriptor = std::move(*described);
  }
  image.config.descriptor.media_type = kOciConfig;
  return assemble_image(std::move(image.config), std::move(image.layers), platform,
                        manifest->annotations);
}

/// The base that the image's labels name (ours, else Cog's), if it lies in that registry.
std::optional<ImageReference> base_in_registry(const ImageConfig& config,
                                               const std::string& registry) {
  for (const char* label : {kBaseLabel, kCogBaseLabel}) {
    const std::optional<std::string> name = config.label(label);
    if (!name) continue;
    const Result<ImageReference> reference = parse_reference(*name);
    if (reference && reference->registry == registry) return *reference;
  }
  return std::nullopt;
}

Result<Image> take(const Image& image, const ImageConfig& config, const ImageReference& base,
                   const std::string& repository, Registry& registry) {
  Result<std::vector<Blob>> common = common_layers(config, base, registry);
  if (!common) return common.error();
  const auto there = provide(std::move(*common), repository, base.repository, registry);
  return there ? with_lowest(image, *there, config.platform()) : there.error();
}

}  // namespace

Image take_base_layers(Image image, const std::string& repository, Registry& registry,
                       Context& context) {
  const Result<ImageConfig> config = read_config(image);
  if (!config) return image;
  const auto base = base_in_registry(*config, registry.name());
  if (!base) return image;
  context.console.progress("Looking for the layers of " + base->text());
  Result<Image> taken = take(image, *config, *base, repository, registry);
  context.console.end_progress();
  if (!taken) {
    context.console.debug("layers of the base are sent: " + taken.error().message);
    return image;
  }
  if (const std::size_t count = others(taken->layers, image.layers); count > 0) {
    context.console.info(std::to_string(count) + " layer(s) are taken from the base " +
                         base->text());
  }
  return std::move(*taken);
}

}  // namespace cogpp::cli
