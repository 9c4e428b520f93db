// Each layer is read once: hashed while it is written to a layout or sent to a registry.
#include "cli/commands/daemonless.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <vector>

#include "cli/daemonless/layer_memory.hpp"
#include "cli/dockerfile/plan.hpp"
#include "cli/image/layout.hpp"
#include "cli/image/source.hpp"
#include "cli/registry/stream_upload.hpp"
#include "cli/registry/transfers.hpp"
#include "cli/support/process.hpp"
#include "cli/weights/drift.hpp"
#include "schema/environment.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

LayerMemory layer_memory(const Context& context) {
  return LayerMemory::load(context.cache / "images" / "layer-digests");
}

Blob blob_of(const Digest& digest, const ComputedLayer& layer) {
  return {.descriptor = {.media_type = kOciLayer, .digest = digest, .size = layer.tar.size()},
          .content = layer.tar};
}

/// Flags that ask for what only an engine does.
Status check_flags(const ImageOptions& options) {
  const char* flag = nullptr;
  if (!options.engine.empty()) flag = "--engine";
  if (!options.dockerfile.empty()) flag = "--dockerfile";
  if (!options.secrets.empty()) flag = "--secret";
  if (options.slim) flag = "--slim";
  if (flag == nullptr) return {};
  return Error{std::string(flag) + " has no use where an image is made without an engine"};
}

/// Finds out before anything is compiled whether the image can be written there.
Status check_output(const ImageLocation& to) {
  const bool layout = to.kind == ImageLocation::Kind::kLayout;
  std::error_code ignored;
  const bool exists = fs::exists(to.path, ignored);
  if (exists && fs::is_directory(to.path, ignored) != layout) {
    return open_error(to.path, layout ? ENOTDIR : EISDIR);
  }
  if (exists && layout && !fs::is_empty(to.path, ignored) &&
      !fs::exists(to.path / kLayoutMarker, ignored)) {
    return Error{to.path.string() +
                 " is no image layout and not empty: name a folder that does not exist yet"};
  }
  fs::path place = fs::absolute(to.path).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();
  if (!exists || !layout) place = place.parent_path();
  // Of a layout the folders above are made, too.
  while (layout && !fs::exists(place, ignored) && place.has_relative_path()) {
    place = place.parent_path();
  }
  if (!fs::exists(place, ignored)) return open_error(to.path, ENOENT);
  if (!fs::is_directory(place, ignored)) return open_error(to.path, ENOTDIR);
  return ::access(place.c_str(), W_OK | X_OK) == 0 ? Status() : open_error(to.path, errno);
}

std::string computed_json(const std::string& name, const Image& image) {
  OrderedJson json = {{"image", name},
                      {"digest", image.descriptor.digest.text()},
                      {"size", 0},
                      {"layers", OrderedJson::array()}};
  std::uint64_t size = image.config.descriptor.size;
  for (const Blob& layer : image.layers) {
    json["layers"].push_back(layer.descriptor.digest.text());
    size += layer.descriptor.size;
  }
  json["size"] = size;
  return indented_text(json) + "\n";
}

/// Writes to where `--output` says, and gives the image.
Result<Image> write_computed(const ComputedImage& computed, const DaemonlessBase& base,
                             const ImageLocation& to, Context& context) {
  const bool layout = to.kind == ImageLocation::Kind::kLayout;
  LayerMemory memory = layer_memory(context);
  const TakeLayers take = [&](const auto& layers) -> Result<std::vector<Blob>> {
    std::vector<Blob> blobs;
    for (const ComputedLayer& layer : layers) {
      if (context.interrupt.take() != 0) return interrupted();
      std::optional<Digest> digest = memory.find(layer.key);
      if (!digest) {
        // An archive names what it holds before the bytes.
        const Result<OciDescriptor> descriptor =
            layout ? store_layer(layer.tar, to.path) : describe(layer.tar, kOciLayer);
        if (!descriptor) return descriptor.error();
        digest = descriptor->digest;
        memory.remember(layer.key, *digest);
      }
      blobs.push_back(blob_of(*digest, layer));
    }
    return blobs;
  };
  Result<Image> image = finish_image(computed, base, take);
  if (!image) return image;
  const std::string name = to.reference.empty() ? computed.name : to.reference;
  const Status written = layout ? write_layout(*image, to.path, name, &context.interrupt)
                                : write_layout_archive(*image, to.path, name);
  if (!written) return written.error();
  return image;
}

/// Sizes of the layers that the registry has under that name: one of the same size is worth
/// reading before it is sent.
std::set<std::uint64_t> present_sizes(const ImageTarget& target, Registry& registry) {
  const Result<std::string> text = registry.fetch_manifest(target.repository, target.tag);
  if (!text) return {};
  const Result<Manifest> manifest = parse_manifest(*text, target.tag);
  if (!manifest) return {};
  std::set<std::uint64_t> sizes;
  for (const OciDescriptor& layer : manifest->layers) sizes.insert(layer.size);
  return sizes;
}

/// Finds out the digests of layers, and sends those of which that takes a reading.
class LayerSender {
 public:
  LayerSender(const ImageTarget& target, Registry& registry, Context& context)
      : target_(target),
        registry_(registry),
        context_(context),
        memory_(layer_memory(context)),
        sizes_(present_sizes(target, registry)) {}

  Result<std::vector<Blob>> take(const std::vector<ComputedLayer>& layers) {
    std::vector<std::optional<Digest>> digests;
    std::vector<std::size_t> unknown;
    for (const ComputedLayer& layer : layers) {
      digests.push_back(memory_.find(layer.key));
      if (digests.back()) continue;
      if (layer.large && !sizes_.contains(layer.tar.size())) {
        unknown.push_back(digests.size() - 1);
        continue;
      }
      const Result<OciDescriptor> descriptor = describe(layer.tar, kOciLayer);
      if (!descriptor) return descriptor.error();
      digests.back() = descriptor->digest;
    }
    if (const Status sent = send(layers, unknown, digests); !sent) return sent.error();
    std::vector<Blob> blobs;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      memory_.remember(layers[i].key, *digests[i]);
      blobs.push_back(blob_of(*digests[i], layers[i]));
    }
    return blobs;
  }

 private:
  Status send(const std::vector<ComputedLayer>& layers, const std::vector<std::size_t>& chosen,
              std::vector<std::optional<Digest>>& digests) {
    if (chosen.empty()) return {};
    context_.console.info("\nSending large layers...");
    const UploadTarget to{registry_.name(), target_.repository, registry_.options().upload};
    TransferBoard board;
    for (const std::size_t i : chosen) board.add(layers[i].created_by, layers[i].tar.size());
    const Transfer transfer = [&](std::size_t item, Transport& transport) -> Status {
      RegistrySession session(registry_.access(), transport);
      const ComputedLayer& layer = layers[chosen[item]];
      const Result<OciDescriptor> sent =
          stream_layer(session, to, {.content = layer.tar, .key = layer.key}, board, item);
      if (!sent) return sent.error();
      digests[chosen[item]] = sent->digest;
      return {};
    };
    return run_transfers({chosen.size(), registry_.options().jobs, "pushed"}, transfer, board,
                         registry_.cancellation(), context_);
  }

  const ImageTarget& target_;
  Registry& registry_;
  Context& context_;
  LayerMemory memory_;
  const std::set<std::uint64_t> sizes_;
};

/// Makes the base's layers present in the repository, or on this machine. A registry takes
/// layers out of its own repositories; others have to get them.
Status provide_base(DaemonlessBase& base, const std::string& repository, Registry& registry,
                    Context& context) {
  if (!base.registry) return {};
  bool there = base.registry->name() == registry.name();
  for (const Blob& layer : base.image.layers) {
    if (!there) break;
    const Result<bool> present =
        registry.provide_blob(repository, layer.descriptor.digest, base.repository);
    if (!present) return present.error();
    there = *present;
  }
  return there ? Status() : fetch_base(base, context);
}

/// What the project's image is made of, on its base.
Result<ComputedImage> compute(const Project& project, const ImageOptions& options,
                              const BuildOptions& build, const DaemonlessBase& base,
                              Context& context) {
  if (!environment_variable("COG_CA_CERT").empty()) {
    context.console.warn("COG_CA_CERT is not built into the image: that takes an engine");
  }
  context.console.info("Building image from environment in " + project.file.filename().string() +
                       " on " + base.name + ", without an engine...");
  return compute_image(project, options, build, base, context);
}

}  // namespace

Result<Project> open_daemonless_project(const BuildImageOptions& options, Console& console) {
  if (const Status useful = check_flags(options.image); !useful) return useful.error();
  Result<Project> project = open_project(options.project, console);
  if (!project) return project;
  if (const Status possible = check_daemonless(*project); !possible) return possible.error();
  const Status same = check_weights_lock(project->config.weights, project->directory);
  return same ? std::move(project) : same.error();
}

Status build_without_engine(const BuildImageOptions& options, Context& context) {
  const ImageOptions& image_options = options.image;
  const Result<ImageLocation> to = parse_image_location(image_options.output);
  if (!to) return to.error();
  const Result<Project> project = open_daemonless_project(options, context.console);
  if (!project) return project.error();
  if (to->reference.empty()) {
    if (const Status named = check_image_name(*project, image_options); !named) return named;
  }
  if (const Status writable = check_output(*to); !writable) return writable;
  Result<DaemonlessBase> base =
      open_base(given_base(*project, image_options), image_options.plain_http, context);
  if (!base) return base.error();
  const Result<ComputedImage> computed =
      compute(*project, image_options, options.build, *base, context);
  if (!computed) return computed.error();
  if (const Status fetched = fetch_base(*base, context); !fetched) return fetched;
  const Result<Image> image = write_computed(*computed, *base, *to, context);
  if (!image) return image.error();
  context.console.success("Image built as " + image_options.output);
  return options.json ? print(computed_json(computed->name, *image)) : Status{};
}

Result<Image> send_computed_image(const Project& project, const BuildImageOptions& options,
                                  const ImageTarget& target, Registry& registry, Context& context) {
  Result<DaemonlessBase> base =
      open_base(given_base(project, options.image), registry.options().plain_http, context);
  if (!base) return base.error();
  const Result<ComputedImage> computed =
      compute(project, options.image, options.build, *base, context);
  if (!computed) return computed.error();
  const Status provided = provide_base(*base, target.repository, registry, context);
  if (!provided) return provided.error();
  LayerSender sender(target, registry, context);
  return finish_image(*computed, *base, [&](const auto& layers) { return sender.take(layers); });
}

}  // namespace cogpp::cli
