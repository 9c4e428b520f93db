// Everything that is read is checked against its digest.
#include "cli/registry/remote_image.hpp"

#include <algorithm>
#include <system_error>
#include <vector>

#include "cli/registry/download.hpp"
#include "cli/registry/transfers.hpp"
#include "cli/support/files.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kMostIndexes = 3;
constexpr const char* kDockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
constexpr const char* kDockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

bool is_index_text(const std::string& text) {
  const Result<Json> json = parse_json(text);
  return json && json->is_object() && json->contains("manifests");
}

/// The manifest's text, below indexes.
Result<std::string> manifest_for(const ImageReference& reference, const Platform& platform,
                                 Registry& registry) {
  std::string wanted = reference.digest.empty() ? reference.tag : reference.digest;
  if (wanted.empty()) wanted = "latest";
  for (int depth = 0; depth < kMostIndexes; ++depth) {
    Result<std::string> text = registry.fetch_manifest(reference.repository, wanted);
    if (!text || !is_index_text(*text)) return text;
    const Result<Index> index = parse_index(*text, reference.text());
    if (!index) return index.error();
    const Result<OciDescriptor> chosen = select_platform(*index, platform);
    if (!chosen) return chosen.error().within(reference.text());
    wanted = chosen->digest.text();
  }
  return Error{reference.text() + ": too many indexes lie within each other"};
}

Result<std::string> fetch_config(const ImageReference& reference, const OciDescriptor& config,
                                 Registry& registry) {
  RegistrySession session(registry.access(), registry.transport());
  const std::string what = "configuration of " + reference.text();
  const HttpOutcome outcome =
      session.ask({.url = session.url(reference.repository, "blobs/" + config.digest.text())},
                  pull_scope(reference.repository));
  if (outcome.failure != HttpFailure::kNone || outcome.answer.status != 200) {
    return registry_error(outcome, "download of the " + what, reference.registry);
  }
  if (Digest::of(outcome.answer.body) != config.digest) {
    return Error{reference.registry + " sent other bytes for the " + what};
  }
  return outcome.answer.body;
}

bool is_absent(const Blob& layer) { return layer.content.size() != layer.descriptor.size; }

fs::path layer_place(const OciDescriptor& layer, const fs::path& directory) {
  return directory / layer.digest.hex();
}

/// Whether it was fetched before; from now on it counts as used.
bool is_kept(const OciDescriptor& layer, const fs::path& directory) {
  std::error_code error;
  const fs::path file = layer_place(layer, directory);
  if (fs::file_size(file, error) != layer.size || error) return false;
  fs::last_write_time(file, fs::file_time_type::clock::now(), error);
  return true;
}

Status download_layers(const std::vector<OciDescriptor>& layers, const std::string& repository,
                       Registry& registry, const fs::path& directory, Context& context) {
  remove_abandoned(directory);
  const Result<TemporaryDirectory> parts = TemporaryDirectory::create(directory);
  if (!parts) return parts.error();
  TransferBoard board;
  for (const OciDescriptor& layer : layers) board.add(transfer_name(layer.digest), layer.size);
  const Transfer transfer = [&](std::size_t item, Transport& transport) -> Status {
    RegistrySession session(registry.access(), transport);
    const OciDescriptor& layer = layers[item];
    const fs::path part = parts->path() / std::to_string(item);
    const Status fetched = download_blob(session, repository, layer.digest, part,
                                         {board, item, registry.cancellation()});
    if (!fetched) return fetched;
    std::error_code failure;
    fs::rename(part, layer_place(layer, directory), failure);
    return failure ? Status(open_error(part, failure.value())) : Status();
  };
  return run_transfers({layers.size(), registry.options().jobs, "pulled"}, transfer, board,
                       registry.cancellation(), context);
}

}  // namespace

Result<OciDescriptor> oci_layer(OciDescriptor layer, const std::string& image) {
  if (layer.media_type == kDockerLayer) layer.media_type = kOciLayer;
  if (layer.media_type == kDockerLayerGzip) layer.media_type = kOciLayerGzip;
  if (layer.media_type.starts_with(kOciLayer)) return layer;
  return Error{image + " has a layer of the kind " + layer.media_type + ", which cannot be copied"};
}

Result<Image> read_remote_image(const ImageReference& reference, const Platform& platform,
                                Registry& registry) {
  Result<std::string> text = manifest_for(reference, platform, registry);
  if (!text) return text.error();
  const Result<Manifest> manifest = parse_manifest(*text, reference.text());
  if (!manifest) return manifest.error();
  Result<std::string> config = fetch_config(reference, manifest->config, registry);
  if (!config) return config.error();
  const OciDescriptor descriptor{
      .media_type = manifest->media_type, .digest = Digest::of(*text), .size = text->size()};
  Image image{.manifest = std::move(*text),
              .descriptor = descriptor,
              .config = make_blob(std::move(*config), kOciConfig),
              .layers = {}};
  for (const OciDescriptor& described : manifest->layers) {
    Result<OciDescriptor> layer = oci_layer(described, reference.text());
    if (!layer) return layer.error();
    image.layers.push_back(
        {.descriptor = std::move(*layer), .content = {}, .origin = reference.name()});
  }
  return image;
}

Status fetch_image_layers(Image& image, const std::string& repository, Registry& registry,
                          const fs::path& directory, Context& context) {
  std::vector<OciDescriptor> missing;
  for (const Blob& layer : image.layers) {
    const bool wanted = is_absent(layer) && !is_kept(layer.descriptor, directory);
    // One that lies in an image twice is one file.
    if (wanted && std::find(missing.begin(), missing.end(), layer.descriptor) == missing.end()) {
      missing.push_back(layer.descriptor);
    }
  }
  if (!missing.empty()) {
    const Status done = download_layers(missing, repository, registry, directory, context);
    if (!done) return done;
  }
  for (Blob& layer : image.layers) {
    if (!is_absent(layer)) continue;
    layer.content =
        Content::file(layer_place(layer.descriptor, directory), 0, layer.descriptor.size);
  }
  return {};
}

}  // namespace cogpp::cli
