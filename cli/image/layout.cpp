// Reading follows index.json to the manifest to the blobs.
#include "cli/image/layout.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <memory>

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMostManifest = std::uint64_t{16} << 20U;

std::string blob_name(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

/// The bytes of a manifest or configuration, checked.
Result<std::string> read_document(const LayoutFiles& files, const OciDescriptor& descriptor,
                                  const std::string& what) {
  const std::string name = blob_name(descriptor.digest);
  const std::optional<Content> content = files(name);
  if (!content) return Error{what + " lacks " + name};
  if (content->size() > kMostManifest) return Error{what + ": " + name + " is larger than 16 MiB"};
  Result<std::string> text = read_all(*content);
  if (!text) return text;
  if (Digest::of(*text) != descriptor.digest) {
    return Error{what + ": " + name + " does not have the digest of its name; it is damaged"};
  }
  return text;
}

Result<Blob> find_blob(const LayoutFiles& files, const OciDescriptor& descriptor,
                       const std::string& what) {
  const std::string name = blob_name(descriptor.digest);
  std::optional<Content> content = files(name);
  if (!content) return Error{what + " lacks " + name};
  if (content->size() != descriptor.size) {
    return Error{what + ": " + name + " has " + std::to_string(content->size()) +
                 " bytes, its manifest says " + std::to_string(descriptor.size)};
  }
  return Blob{.descriptor = descriptor, .content = std::move(*content)};
}

/// Fails where the platform does not say which image is meant: the first would be a guess.
Status check_single(const Index& index, const std::string& what, const Platform& platform) {
  const std::vector<std::string> names = rival_images(index, platform);
  return names.empty() ? Status{} : several_images(what, names);
}

/// The manifest that the index names, below nested indexes.
Result<OciDescriptor> select_image(const LayoutFiles& files, Index index, const std::string& what,
                                   const Platform& platform) {
  for (;;) {
    Result<OciDescriptor> chosen =
        index.manifests.size() == 1 ? index.manifests.front() : select_platform(index, platform);
    if (!chosen) return chosen.error().within(what);
    if (!is_index_type(chosen->media_type)) return chosen;
    const Result<std::string> text = read_document(files, *chosen, what);
    if (!text) return text.error();
    Result<Index> inner = parse_index(*text, what + ": " + blob_name(chosen->digest));
    if (!inner) return inner.error();
    index = std::move(*inner);
  }
}

Result<Index> named(Index index, const std::string& reference, const std::string& what) {
  if (reference.empty()) return index;
  std::erase_if(index.manifests,
                [&](const OciDescriptor& manifest) { return !is_called(manifest, reference); });
  if (index.manifests.empty()) return Error{what + " holds no image called " + reference};
  return index;
}

}  // namespace

LayoutFiles layout_directory(const fs::path& directory) {
  // Without a lock, as on some file systems, it is read all the same.
  const fs::path blobs = directory / "blobs";
  const auto lock =
      std::make_shared<Descriptor>(::open(blobs.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ::flock(lock->get(), LOCK_SH);
  return [directory, lock](const std::string& name) -> std::optional<Content> {
    std::error_code error;
    const std::uint64_t size = fs::file_size(directory / name, error);
    if (error) return std::nullopt;
    return Content::file(directory / name, 0, size, lock);
  };
}

Result<Image> read_layout(const LayoutFiles& files, const std::string& what,
                          const std::string& reference, const Platform& platform) {
  const std::optional<Content> index_content = files("index.json");
  if (!index_content) return Error{what + " is not an OCI image layout: it has no index.json"};
  const Result<std::string> index_text = read_all(*index_content);
  if (!index_text) return index_text.error();
  Result<Index> index = parse_index(*index_text, what + ": index.json");
  if (!index) return index.error();
  Result<Index> choice = named(std::move(*index), reference, what);
  if (!choice) return choice.error();
  if (const Status single = check_single(*choice, what, platform); !single) return single.error();
  const Result<OciDescriptor> chosen = select_image(files, std::move(*choice), what, platform);
  if (!chosen) return chosen.error();
  Result<std::string> text = read_document(files, *chosen, what);
  if (!text) return text.error();
  const Result<Manifest> manifest = parse_manifest(*text, what + ": " + blob_name(chosen->digest));
  if (!manifest) return manifest.error();

  Image image{.manifest = std::move(*text),
              .descriptor = *chosen,
              .config = {.descriptor = manifest->config}};
  if (image.descriptor.media_type.empty()) image.descriptor.media_type = manifest->media_type;
  image.descriptor.annotations.erase(kReferenceName);
  image.descriptor.annotations.erase(kFullName);
  const Result<std::string> config = read_document(files, manifest->config, what);
  if (!config) return config.error();
  image.config.content = Content::text(*config);
  for (const OciDescriptor& layer : manifest->layers) {
    Result<Blob> blob = find_blob(files, layer, what);
    if (!blob) return blob.error();
    image.layers.push_back(std::move(*blob));
  }
  return image;
}

}  // namespace cogpp::cli
