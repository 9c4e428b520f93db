// Layers are tar archives over files of the store; nothing is copied.
#include "cli/weights/pack.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "cli/image/tar_layer.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

constexpr std::size_t kTagDigits = 12;

using Bundle = std::vector<const PackedFile*>;

std::vector<Bundle> bundles_of(const std::vector<PackedFile>& files) {
  std::vector<Bundle> bundles;
  Bundle open;
  std::uint64_t size = 0;
  for (const PackedFile& file : files) {
    if (file.size >= kBundledFile) {
      bundles.push_back({&file});
      continue;
    }
    if (!open.empty() && size + file.size > kBundleSize) {
      bundles.push_back(std::exchange(open, {}));
      size = 0;
    }
    open.push_back(&file);
    size += file.size;
  }
  if (!open.empty()) bundles.push_back(std::move(open));
  return bundles;
}

/// The layer that an earlier import made of exactly these files.
const LockedLayer* known_layer(const Bundle& bundle, const LockedWeight* known) {
  if (known == nullptr) return nullptr;
  const auto locked = [&](const PackedFile& file) {
    return std::find_if(known->files.begin(), known->files.end(), [&](const LockedFile& other) {
      return other.path == file.path && other.digest == file.digest;
    });
  };
  const auto first = locked(*bundle.front());
  if (first == known->files.end()) return nullptr;
  const auto inside =
      std::count_if(known->files.begin(), known->files.end(),
                    [&](const LockedFile& file) { return file.layer == first->layer; });
  if (static_cast<std::size_t>(inside) != bundle.size()) return nullptr;
  for (const PackedFile* file : bundle) {
    const auto found = locked(*file);
    if (found == known->files.end() || found->layer != first->layer) return nullptr;
  }
  const auto layer =
      std::find_if(known->layers.begin(), known->layers.end(),
                   [&](const LockedLayer& other) { return other.digest == first->layer; });
  return layer == known->layers.end() ? nullptr : &*layer;
}

Result<Blob> layer_of(const Bundle& bundle, const WeightStore& store, const LockedWeight* known) {
  std::vector<TreeEntry> entries;
  for (const PackedFile* file : bundle) {
    entries.push_back(
        {.path = file->path, .content = Content::file(store.file(file->digest), 0, file->size)});
  }
  Result<Content> tar = make_tar(std::move(entries));
  if (!tar) return tar.error();
  const LockedLayer* same = known_layer(bundle, known);
  if (same != nullptr && same->size == tar->size() && same->media_type == kOciLayer) {
    return Blob{.descriptor = {.media_type = kOciLayer, .digest = same->digest, .size = same->size},
                .content = std::move(*tar)};
  }
  const Result<OciDescriptor> descriptor = describe(*tar, kOciLayer);
  if (!descriptor) return descriptor.error();
  return Blob{.descriptor = *descriptor, .content = std::move(*tar)};
}

}  // namespace

std::string packing_rules() {
  const OrderedJson rules = {{"bundleFileMax", kBundledFile},
                             {"bundleSizeMax", kBundleSize},
                             {"compression", "none"},
                             {"mediaTypeRaw", kOciLayer},
                             {"packer", "cogpp"},
                             {"revision", 1}};
  return Digest::of(to_text(rules)).text();
}

Result<Packed> pack_weight(const std::vector<PackedFile>& files, const WeightStore& store,
                           const LockedWeight* known) {
  Packed packed;
  for (const Bundle& bundle : bundles_of(files)) {
    Result<Blob> blob = layer_of(bundle, store, known);
    if (!blob) return blob.error();
    std::uint64_t unpacked = 0;
    for (const PackedFile* file : bundle) {
      unpacked += file->size;
      packed.files.push_back({.path = file->path,
                              .size = file->size,
                              .digest = file->digest,
                              .layer = blob->descriptor.digest});
    }
    blob->descriptor.annotations[kWeightSizeKey] = std::to_string(unpacked);
    packed.layers.push_back({.digest = blob->descriptor.digest,
                             .media_type = blob->descriptor.media_type,
                             .size = blob->descriptor.size,
                             .unpacked = unpacked});
    packed.blobs.push_back(std::move(*blob));
  }
  std::sort(packed.files.begin(), packed.files.end(),
            [](const LockedFile& a, const LockedFile& b) { return a.path < b.path; });
  std::sort(packed.layers.begin(), packed.layers.end(),
            [](const LockedLayer& a, const LockedLayer& b) { return a.digest < b.digest; });
  std::sort(packed.blobs.begin(), packed.blobs.end(),
            [](const Blob& a, const Blob& b) { return a.descriptor.digest < b.descriptor.digest; });
  return packed;
}

Image weight_image(const LockedWeight& locked, std::vector<Blob> blobs) {
  OrderedJson list = {{"name", locked.name},
                      {"target", locked.target},
                      {"setDigest", locked.set_digest.text()},
                      {"files", OrderedJson::array()}};
  for (const LockedFile& file : locked.files) {
    list["files"].push_back({{"path", file.path},
                             {"size", file.size},
                             {"digest", file.digest.text()},
                             {"layer", file.layer.text()}});
  }
  Image image{.manifest = {},
              .descriptor = {.media_type = kOciManifest, .digest = Digest::of("")},
              .config = make_blob(to_text(list), kWeightConfig),
              .layers = std::move(blobs)};
  Manifest manifest{.artifact_type = kWeightArtifact,
                    .config = image.config.descriptor,
                    .annotations = {{kWeightNameKey, locked.name},
                                    {kWeightSetKey, locked.set_digest.text()},
                                    {kWeightTargetKey, locked.target}}};
  for (const Blob& layer : image.layers) manifest.layers.push_back(layer.descriptor);
  image.manifest = manifest_text(manifest);
  image.descriptor.digest = Digest::of(image.manifest);
  image.descriptor.size = image.manifest.size();
  image.descriptor.artifact_type = kWeightArtifact;
  return image;
}

std::string weight_tag(const std::string& name, const Digest& set_digest) {
  std::string plain = name;
  std::replace_if(
      plain.begin(), plain.end(),
      [](unsigned char c) { return std::isalnum(c) == 0 && c != '_' && c != '-'; }, '-');
  return "cog-weight." + plain + "." + set_digest.hex().substr(0, kTagDigits);
}

}  // namespace cogpp::cli
