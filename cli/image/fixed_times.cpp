// libarchive reads and writes the headers; the files' bytes stay where they are and are skipped.
// Archives are read twice: first for the times that their modules' sources have.
#include "cli/image/fixed_times.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cli/image/entry_header.hpp"
#include "cli/image/tar_layer.hpp"

namespace cogpp::cli {
namespace {

/// Of a compiled module of Python: the header's size, and where in it things are.
constexpr std::uint64_t kModuleHeader = 16;
constexpr std::size_t kModuleFlags = 4;
constexpr std::size_t kModuleTime = 8;

/// What libarchive reads from, at a place that it moves.
struct TarSource {
  const Content& tar;
  std::uint64_t position = 0;
  std::vector<char> buffer = std::vector<char>(kArchiveBlock);
  Error error = {};
};

la_ssize_t read_block(archive*, void* data, const void** block) {
  auto& source = *static_cast<TarSource*>(data);
  ContentReader reader(source.tar, source.position);
  const Result<std::size_t> count = reader.read(source.buffer.data(), source.buffer.size());
  if (!count) {
    source.error = count.error();
    return -1;
  }
  source.position += *count;
  *block = source.buffer.data();
  return static_cast<la_ssize_t>(*count);
}

la_int64_t skip_bytes(archive*, void* data, la_int64_t size) {
  auto& source = *static_cast<TarSource*>(data);
  const std::uint64_t left = source.tar.size() - source.position;
  const std::uint64_t skipped = std::min(left, static_cast<std::uint64_t>(size));
  source.position += skipped;
  return static_cast<la_int64_t>(skipped);
}

Error layer_error(const ArchiveLibrary& library, archive* reader, const TarSource& source) {
  if (!source.error.message.empty()) return source.error;
  return Error{"a layer is not a readable tar archive: " + library.reason(reader)};
}

/// Goes through `tar`: `take` gets each entry's header, its path and where its bytes are.
template <class Take>
Status read_entries(const ArchiveLibrary& library, const Content& tar, const Take& take) {
  TarSource source{.tar = tar};
  const ArchiveReader reader = archive_reader(library);
  library.read_support_format_tar(reader.get());
  if (library.read_open2(reader.get(), &source, nullptr, read_block, skip_bytes, nullptr) !=
      ARCHIVE_OK) {
    return layer_error(library, reader.get(), source);
  }
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = library.read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return layer_error(library, reader.get(), source);
    const char* path = library.entry_pathname(entry);
    if (path == nullptr) return layer_error(library, reader.get(), source);
    if (library.entry_sparse_count(entry) > 0) {
      return Error{std::string(path) + " is stored without its holes"};
    }
    // Links, folders and devices have no bytes, whatever their size says.
    const bool file =
        library.entry_hardlink(entry) == nullptr && library.entry_filetype(entry) == AE_IFREG;
    const auto offset = static_cast<std::uint64_t>(library.filter_bytes(reader.get(), 0));
    const auto size = file ? static_cast<std::uint64_t>(library.entry_size(entry)) : 0;
    const Status taken = take(entry, std::string(path), tar.slice(offset, size));
    if (!taken) return taken;
  }
}

/// Of Python's sources, by path; the last layer that has one wins.
using SourceTimes = std::map<std::string, std::uint32_t>;

/// As compiled modules name it: its lowest 32 bits.
std::uint32_t module_time(std::int64_t time) { return static_cast<std::uint32_t>(time); }

Status add_sources(const ArchiveLibrary& library, const Content& tar, SourceTimes& times) {
  const auto add = [&](archive_entry* entry, const std::string& path, const Content&) {
    if (path.ends_with(".py")) times[path] = module_time(library.entry_mtime(entry));
    return Status{};
  };
  return read_entries(library, tar, add);
}

/// `a/__pycache__/b.cpython-311.pyc` is compiled from `a/b.py`; empty: no such name.
std::string source_of(const std::string& path) {
  const std::filesystem::path compiled(path);
  const std::filesystem::path folder = compiled.parent_path();
  if (compiled.extension() != ".pyc" || folder.filename() != "__pycache__") return {};
  const std::string name = compiled.filename().string();
  return (folder.parent_path() / (name.substr(0, name.find('.')) + ".py")).string();
}

std::uint32_t read_little_endian(const std::string& bytes, std::size_t place) {
  std::uint32_t number = 0;
  for (std::size_t i = 4; i-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(bytes[place + i]);
  }
  return number;
}

void write_little_endian(std::string& bytes, std::size_t place, std::uint32_t number) {
  for (std::size_t i = 0; i < 4; ++i, number >>= 8U) {
    bytes[place + i] = static_cast<char>(number & 0xFFU);
  }
}

/// A compiled module that is good for its source as it was is good for it as it will be. One that
/// was not stays as it is, and so does one whose source is the base's. A header of PEP 552: magic
/// number, flags (none: what follows is the source's time), time, size.
Result<Content> fixed_module(const std::string& path, const Content& bytes,
                             const SourceTimes& sources, std::int64_t time) {
  const auto source = sources.find(source_of(path));
  if (source == sources.end() || bytes.size() < kModuleHeader) return bytes;
  Result<std::string> header = read_all(bytes.slice(0, kModuleHeader));
  if (!header) return header.error();
  if (read_little_endian(*header, kModuleFlags) != 0 ||
      read_little_endian(*header, kModuleTime) != source->second) {
    return bytes;
  }
  write_little_endian(*header, kModuleTime, module_time(time));
  Content fixed = Content::text(std::move(*header));
  fixed.append(bytes.slice(kModuleHeader, bytes.size() - kModuleHeader));
  return fixed;
}

Result<Content> fix_archive(const ArchiveLibrary& library, const Content& tar,
                            const SourceTimes& sources, std::int64_t time) {
  Content fixed;
  const auto fix = [&](archive_entry* entry, const std::string& path, const Content& bytes) {
    const Result<Content> content = fixed_module(path, bytes, sources, time);
    if (!content) return Status{content.error()};
    library.entry_set_mtime(entry, time, 0);
    library.entry_unset_atime(entry);
    library.entry_unset_ctime(entry);
    library.entry_unset_birthtime(entry);
    const Result<Content> header = entry_header(library, entry);
    if (!header) return Status{header.error()};
    fixed.append(*header);
    fixed.append(*content);
    fixed.append(Content::zeros(tar_padding(content->size())));
    return Status{};
  };
  if (const Status read = read_entries(library, tar, fix); !read) return read.error();
  fixed.append(Content::zeros(kTarEnd));
  return fixed;
}

}  // namespace

Result<std::vector<Content>> with_fixed_times(const std::vector<Content>& layers,
                                              std::int64_t time) {
  const Result<const ArchiveLibrary*> library = archive_library();
  if (!library) return library.error();
  SourceTimes sources;
  for (const Content& layer : layers) {
    if (const Status read = add_sources(**library, layer, sources); !read) return read.error();
  }
  std::vector<Content> fixed;
  for (const Content& layer : layers) {
    Result<Content> archive = fix_archive(**library, layer, sources, time);
    if (!archive) return archive.error();
    fixed.push_back(std::move(*archive));
  }
  return fixed;
}

Result<Image> with_fixed_times(const Image& image, std::size_t below, std::int64_t time) {
  Result<ImageConfig> config = read_config(image);
  if (!config) return config.error();
  std::vector<Digest> ids = config->diff_ids();
  std::vector<Blob> layers = image.layers;
  std::vector<Content> own;
  for (std::size_t i = below; i < layers.size(); ++i) {
    if (layers[i].descriptor.digest != ids[i]) {
      return Error{"layer " + layers[i].descriptor.digest.text() + " is compressed"};
    }
    own.push_back(layers[i].content);
  }
  const Result<std::vector<Content>> fixed = with_fixed_times(own, time);
  if (!fixed) return fixed.error();
  for (std::size_t i = below; i < layers.size(); ++i) {
    const Content& tar = (*fixed)[i - below];
    const Result<OciDescriptor> descriptor = describe(tar, layers[i].descriptor.media_type);
    if (!descriptor) return descriptor.error();
    ids[i] = descriptor->digest;
    layers[i] = {.descriptor = *descriptor, .content = tar};
  }
  config->fix_times(below, time);
  config->set_diff_ids(ids);
  return assemble_image(make_blob(config->text(), kOciConfig), std::move(layers),
                        config->platform(), {});
}

}  // namespace cogpp::cli
