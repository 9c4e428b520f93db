// The index comes last, so that its tag never names what is not there.
#include "cli/weights/bundle.hpp"

#include "cli/weights/pack.hpp"

namespace cogpp::cli {

std::string bundle_image_tag(const std::string& tag) { return "cog-image." + tag; }

Result<std::vector<OciDescriptor>> find_weights(const std::vector<LockedWeight>& weights,
                                                const std::string& repository, Registry& registry) {
  std::vector<OciDescriptor> found;
  for (const LockedWeight& weight : weights) {
    const std::string digest = weight.digest.text();
    const auto there = registry.find_manifest(repository, digest);
    if (!there || !*there) {
      return Error{"weight \"" + weight.name + "\" not found in registry (" + registry.name() +
                   "/" + repository + "@" + digest +
                   "); run 'cogpp weights import' to push weights first" +
                   (there ? "" : ": " + there.error().message)};
    }
    found.push_back({.media_type = kOciManifest,
                     .digest = weight.digest,
                     .size = (*there)->size,
                     .platform = Platform{.os = "unknown", .architecture = "unknown"},
                     .artifact_type = kWeightArtifact,
                     .annotations = {{kWeightNameKey, weight.name},
                                     {kWeightSetKey, weight.set_digest.text()},
                                     {kWeightSizeKey, std::to_string(weight.size)}}});
  }
  return found;
}

std::string bundle_text(OciDescriptor image, const Platform& platform,
                        const std::vector<OciDescriptor>& weights) {
  image.platform = platform;
  image.annotations.clear();
  if (image.media_type.empty()) image.media_type = kOciManifest;
  Index index{.manifests = {std::move(image)}};
  index.manifests.insert(index.manifests.end(), weights.begin(), weights.end());
  return index_text(index);
}

Result<Digest> push_bundle(const Image& image, const std::vector<OciDescriptor>& weights,
                           const ImageReference& model, Registry& registry, Context& context) {
  const Result<ImageConfig> config = read_config(image);
  if (!config) return config.error();
  const std::string index = bundle_text(image.descriptor, config->platform(), weights);
  const Status pushed =
      push_image(image, model.repository, bundle_image_tag(model.tag), registry, context);
  if (!pushed) return pushed.error();
  const Status put = registry.put_manifest(model.repository, model.tag, index, kOciIndex);
  if (!put) return put.error();
  return Digest::of(index);
}

}  // namespace cogpp::cli
