// The index comes last, so that its tag never names what is not there.
#include "cli/weights/bundle.hpp"

#include <charconv>
#include <utility>

#include "cli/registry/download.hpp"
#include "cli/support/files.hpp"
#include "cli/support/program.hpp"
#include "cli/weights/pack.hpp"

namespace cogpp::cli {
namespace {

LockedLayer locked_layer(const OciDescriptor& layer) {
  LockedLayer locked{
      .digest = layer.digest, .media_type = layer.media_type, .size = layer.size, .unpacked = 0};
  if (const auto size = layer.annotations.find(kWeightSizeKey); size != layer.annotations.end()) {
    const std::string& text = size->second;
    std::from_chars(text.data(), text.data() + text.size(), locked.unpacked);
  }
  return locked;
}

/// The list of a weight's files is a blob of its own.
Result<std::string> fetch_config(const OciDescriptor& config, const std::string& repository,
                                 const WeightStore& store, Registry& registry) {
  const Result<TemporaryDirectory> parts = store.workspace();
  if (!parts) return parts.error();
  TransferBoard board;
  board.add("", config.size);
  RegistrySession session(registry.access(), registry.transport());
  const std::filesystem::path file = parts->path() / "config";
  const Status fetched =
      download_blob(session, repository, config.digest, file, {board, 0, registry.cancellation()});
  return fetched ? read_file(file) : Result<std::string>(fetched.error());
}

Result<LockedWeight> fetch_weight(const OciDescriptor& entry, const std::string& repository,
                                  const WeightStore& store, Registry& registry) {
  const std::string name = repository + "@" + entry.digest.text();
  const Result<std::string> text = registry.fetch_manifest(repository, entry.digest.text());
  if (!text) return text.error();
  const Result<Manifest> manifest = parse_manifest(*text, name);
  if (!manifest) return manifest.error();
  const Result<std::string> config = fetch_config(manifest->config, repository, store, registry);
  if (!config) return config.error();
  Result<LockedWeight> weight = parse_weight_config(*config, name);
  if (!weight) return weight;
  weight->digest = entry.digest;
  for (const LockedFile& file : weight->files) weight->size += file.size;
  for (const OciDescriptor& layer : manifest->layers) {
    weight->layers.push_back(locked_layer(layer));
    weight->compressed += layer.size;
  }
  return weight;
}

}  // namespace

std::string bundle_image_tag(const std::string& tag) { return "cog-image." + tag; }

Result<std::vector<OciDescriptor>> find_weights(const std::vector<LockedWeight>& weights,
                                                const std::string& repository, Registry& registry) {
  std::vector<OciDescriptor> found;
  for (const LockedWeight& weight : weights) {
    const std::string digest = weight.digest.text();
    const auto there = registry.find_manifest(repository, digest);
    if (!there || !*there) {
      return Error{"weight \"" + weight.name + "\" not found in registry (" + registry.name() +
                   "/" + repository + "@" + digest + "); run '" + program_name() +
                   " weights import' to push weights first: " +
                   (there ? "the registry has no such manifest" : there.error().message)};
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

Result<std::vector<LockedWeight>> fetch_weights(const ImageReference& model,
                                                const WeightStore& store, Registry& registry) {
  std::vector<LockedWeight> weights;
  const std::string tag = !model.digest.empty() ? model.digest
                          : model.tag.empty()   ? "latest"
                                                : model.tag;
  const Result<std::string> text = registry.fetch_manifest(model.repository, tag);
  if (!text) return text.error();
  const Result<Index> index = parse_index(*text, model.text());
  if (!index) return weights;  // an image's manifest
  for (const OciDescriptor& entry : index->manifests) {
    if (entry.artifact_type != kWeightArtifact) continue;
    Result<LockedWeight> weight = fetch_weight(entry, model.repository, store, registry);
    if (!weight) return weight.error();
    weights.push_back(std::move(*weight));
  }
  return weights;
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
