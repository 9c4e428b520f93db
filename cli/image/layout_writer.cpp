// Writes blobs under a temporary name and the index last, so that a reader sees the
// old image or the new one; what only the old one named is removed after that, unless somebody
// reads the layout. Every byte is hashed on its way: a file that changed since its layer was made
// is found out.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "cli/image/layout.hpp"
#include "cli/image/tar_layer.hpp"
#include "cli/support/file_lock.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kLayoutFile = "{\"imageLayoutVersion\":\"1.0.0\"}";
constexpr const char* kBlobs = "blobs/sha256/";
constexpr std::size_t kWriteSize = std::size_t{1} << 20U;

/// A file that gets its name only once it is complete.
class PartFile {
 public:
  /// Beside where it will be.
  explicit PartFile(const fs::path& near)
      : part_(near.string() + ".part-" + std::to_string(::getpid())), file_(create_file(part_)) {}
  ~PartFile() {
    if (!done_) ::unlink(part_.c_str());
  }
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  /// Appends all of `content`; its digest comes back.
  Result<Digest> write(const Content& content) {
    if (!file_) return file_.error();
    Sha256 hash;
    ContentReader reader(content);
    std::string buffer(std::min<std::uint64_t>(kWriteSize, content.size() + 1), '\0');
    for (;;) {
      const Result<std::size_t> count = reader.read(buffer.data(), buffer.size());
      if (!count) return count.error();
      if (*count == 0) return hash.digest();
      const std::string_view bytes(buffer.data(), *count);
      hash.update(bytes);
      if (Status written = write_all(file_->get(), bytes, part_); !written) return written.error();
    }
  }

  Status finish(const fs::path& path) {
    if (!file_) return file_.error();
    if (::rename(part_.c_str(), path.c_str()) != 0) return open_error(path, errno);
    done_ = true;
    return {};
  }

 private:
  fs::path part_;
  Result<Descriptor> file_;
  bool done_ = false;
};

Error changed(const Blob& blob) {
  return Error{"blob " + blob.descriptor.digest.text() +
               " has other bytes than when it was made: a file changed meanwhile. Run the "
               "command again"};
}

/// Configuration, layers, and the manifest as a blob of its own, each once.
std::vector<Blob> all_blobs(const Image& image) {
  std::vector<Blob> blobs;
  std::set<std::string> seen;
  const auto add = [&](const Blob& blob) {
    if (seen.insert(blob.descriptor.digest.text()).second) blobs.push_back(blob);
  };
  for (const Blob& layer : image.layers) add(layer);
  add(image.config);
  add({.descriptor = image.descriptor, .content = Content::text(image.manifest)});
  return blobs;
}

OciDescriptor named(const OciDescriptor& descriptor, const std::string& reference) {
  OciDescriptor entry = descriptor;
  if (!reference.empty()) entry.annotations[kReferenceName] = reference;
  return entry;
}

bool replaces(const OciDescriptor& entry, const OciDescriptor& other) {
  const auto name = entry.annotations.find(kReferenceName);
  const auto other_name = other.annotations.find(kReferenceName);
  if (name == entry.annotations.end()) return entry.digest == other.digest;
  return other_name != other.annotations.end() && other_name->second == name->second;
}

Status write_blob(const Blob& blob, const fs::path& file) {
  std::error_code error;
  if (fs::file_size(file, error) == blob.descriptor.size && !error) return {};
  PartFile part(file);
  const Result<Digest> digest = part.write(blob.content);
  if (!digest) return digest.error();
  if (*digest != blob.descriptor.digest) return changed(blob);
  return part.finish(file);
}

Result<fs::path> blob_directory(const fs::path& layout) {
  const fs::path blobs = layout / "blobs" / "sha256";
  std::error_code error;
  fs::create_directories(blobs, error);
  if (error) return open_error(blobs, error.value());
  // Before any blob: one that was interrupted is a layout, too, and no part of a model.
  if (fs::exists(layout / kLayoutMarker, error)) return blobs;
  const Status marked = write_file(layout / kLayoutMarker, kLayoutFile);
  return marked ? Result<fs::path>(blobs) : marked.error();
}

/// How `docker load` finds its way in an archive; engines before 25 know nothing else.
std::string docker_list(const Image& image, const std::string& reference) {
  OrderedJson entry = {{"Config", kBlobs + image.config.descriptor.digest.hex()},
                       {"RepoTags", OrderedJson::array()},
                       {"Layers", OrderedJson::array()}};
  if (!reference.empty()) {
    const auto name = reference.rfind('/') == std::string::npos ? 0 : reference.rfind('/');
    const bool tagged = reference.find(':', name) != std::string::npos;
    entry["RepoTags"].push_back(tagged ? reference : reference + ":latest");
  }
  for (const Blob& layer : image.layers) {
    entry["Layers"].push_back(kBlobs + layer.descriptor.digest.hex());
  }
  return to_text(OrderedJson::array({std::move(entry)}));
}

/// The index of the layout in `directory`, or an empty one.
Result<Index> present_index(const fs::path& directory) {
  std::error_code error;
  if (!fs::exists(directory / "index.json", error)) return Index{};
  const Result<std::string> text = read_file(directory / "index.json");
  if (!text) return text.error();
  return parse_index(*text, (directory / "index.json").string());
}

/// The blobs of these manifests and indexes, themselves included; nothing where one of them
/// cannot be read.
std::optional<std::set<std::string>> named_blobs(std::vector<OciDescriptor> manifests,
                                                 const fs::path& blobs) {
  std::set<std::string> names;
  while (!manifests.empty()) {
    const OciDescriptor next = std::move(manifests.back());
    manifests.pop_back();
    if (!names.insert(next.digest.hex()).second) continue;
    const Result<std::string> text = read_file(blobs / next.digest.hex());
    if (!text) return std::nullopt;
    if (is_index_type(next.media_type)) {
      const Result<Index> index = parse_index(*text, "index");
      if (!index) return std::nullopt;
      manifests.insert(manifests.end(), index->manifests.begin(), index->manifests.end());
      continue;
    }
    const Result<Manifest> manifest = parse_manifest(*text, "manifest");
    if (!manifest) return std::nullopt;
    names.insert(manifest->config.digest.hex());
    for (const OciDescriptor& layer : manifest->layers) names.insert(layer.digest.hex());
  }
  return names;
}

/// Removes what only the images named, that `index` has no longer. Nothing while somebody reads
/// (layout_directory()), and of a layout that is not whole: nobody knows what else it names.
void remove_blobs(const std::vector<OciDescriptor>& replaced, const Index& index,
                  const fs::path& blobs) {
  const fs::path place = blobs.parent_path();
  const Descriptor lock(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return;
  const auto former = named_blobs(replaced, blobs);
  const auto needed = named_blobs(index.manifests, blobs);
  if (!former || !needed) return;
  for (const std::string& name : *former) {
    std::error_code ignored;
    if (!needed->contains(name)) fs::remove(blobs / name, ignored);
  }
}

Status write_blobs(const std::vector<Blob>& blobs, const fs::path& directory) {
  for (const Blob& blob : blobs) {
    const Status written = write_blob(blob, directory / blob.descriptor.digest.hex());
    if (!written) return written;
  }
  return {};
}

/// Held while the index changes, and blobs are written that another command has removed.
Result<Descriptor> lock_layout(const fs::path& directory, const Interrupt* interrupt) {
  Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0) return open_error(directory, errno);
  const Status taken = take_lock(lock, directory, interrupt);
  return taken ? Result<Descriptor>(std::move(lock)) : taken.error();
}

/// How every archive begins; empty where none can be written.
std::string archive_begin() {
  const Result<Content> header =
      tar_header({.path = kLayoutMarker, .content = Content::text(kLayoutFile)});
  if (!header) return {};
  const Result<std::string> bytes = read_all(*header);
  return bytes ? *bytes : std::string();
}

}  // namespace

Status write_layout(const Image& image, const fs::path& directory, const std::string& reference,
                    const Interrupt* interrupt) {
  const Result<fs::path> blobs = blob_directory(directory);
  if (!blobs) return blobs.error();
  const std::vector<Blob> own = all_blobs(image);
  if (const Status written = write_blobs(own, *blobs); !written) return written;
  const Result<Descriptor> lock = lock_layout(directory, interrupt);
  if (!lock) return lock.error();
  // Those that another command has removed since.
  if (const Status written = write_blobs(own, *blobs); !written) return written;
  Result<Index> index = present_index(directory);
  if (!index) return index.error();
  const OciDescriptor entry = named(image.descriptor, reference);
  std::vector<OciDescriptor> replaced;
  std::erase_if(index->manifests, [&](const OciDescriptor& other) {
    if (replaces(entry, other)) replaced.push_back(other);
    return replaces(entry, other);
  });
  index->manifests.push_back(entry);
  const Status written = write_file(directory / "index.json", index_text(*index));
  if (written) remove_blobs(replaced, *index, *blobs);
  return written;
}

bool is_layout_archive(const fs::path& file) {
  static const std::string begin = archive_begin();
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error || begin.empty() || size < begin.size()) return false;
  const Result<std::string> bytes = read_all(Content::file(file, 0, begin.size()));
  return bytes && *bytes == begin;
}

Status write_layout_archive(const Image& image, const fs::path& file,
                            const std::string& reference) {
  const Index index{.manifests = {named(image.descriptor, reference)}};
  std::vector<Blob> files = {make_blob(kLayoutFile, ""), make_blob(index_text(index), ""),
                             make_blob(docker_list(image, reference), "")};
  std::vector<std::string> names = {kLayoutMarker, "index.json", "manifest.json"};
  for (const Blob& blob : all_blobs(image)) {
    files.push_back(blob);
    names.push_back(kBlobs + blob.descriptor.digest.hex());
  }
  PartFile part(file);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Result<Content> header = tar_header({.path = names[i], .content = files[i].content});
    if (!header) return header.error();
    if (const Result<Digest> written = part.write(*header); !written) return written.error();
    const Result<Digest> digest = part.write(files[i].content);
    if (!digest) return digest.error();
    if (*digest != files[i].descriptor.digest) return changed(files[i]);
    const Content padding = Content::zeros(tar_padding(files[i].content.size()));
    if (const Result<Digest> written = part.write(padding); !written) return written.error();
  }
  if (const Result<Digest> written = part.write(Content::zeros(kTarEnd)); !written) {
    return written.error();
  }
  return part.finish(file);
}

Result<OciDescriptor> store_layer(const Content& content, const fs::path& directory) {
  const Result<fs::path> blobs = blob_directory(directory);
  if (!blobs) return blobs.error();
  PartFile part(*blobs / "layer");
  const Result<Digest> digest = part.write(content);
  if (!digest) return digest.error();
  if (const Status finished = part.finish(*blobs / digest->hex()); !finished) {
    return finished.error();
  }
  return OciDescriptor{.media_type = kOciLayer, .digest = *digest, .size = content.size()};
}

}  // namespace cogpp::cli
