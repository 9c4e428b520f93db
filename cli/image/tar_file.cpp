// libarchive reads the headers and skips the bytes; behind a header it says how far
// it has read.
#include "cli/image/tar_file.hpp"

#include <sys/stat.h>

#include "cli/image/archive_library.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr int kMostLinks = 8;

/// `./a//b` and `a/b` are one name.
std::string plain_name(const std::string& name) {
  std::string plain = fs::path(name).lexically_normal().string();
  while (!plain.empty() && plain.front() == '/') plain.erase(0, 1);
  return plain;
}

std::string link_of(const ArchiveLibrary& library, archive_entry* entry, const std::string& name) {
  if (const char* hard = library.entry_hardlink(entry)) return plain_name(hard);
  const char* link = library.entry_symlink(entry);
  if (link == nullptr) return {};
  return plain_name((fs::path(name).parent_path() / link).string());
}

Error archive_error(const ArchiveLibrary& library, const fs::path& path, archive* reader) {
  return Error{path.string() + " is not a readable tar archive: " + library.reason(reader) +
               ". Compressed archives must be unpacked first, for example with gunzip"};
}

}  // namespace

Result<TarFile> TarFile::open(const fs::path& archive) {
  const Result<const ArchiveLibrary*> loaded = archive_library();
  if (!loaded) return loaded.error();
  const ArchiveLibrary& library = **loaded;
  const ArchiveReader reader = archive_reader(library);
  library.read_support_format_tar(reader.get());
  if (library.read_open_filename(reader.get(), archive.c_str(), kArchiveBlock) != ARCHIVE_OK) {
    return Error{"open " + archive.string() + ": " + library.reason(reader.get())};
  }
  TarFile file(archive);
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = library.read_next_header(reader.get(), &entry);
    if (status == ARCHIVE_EOF) return file;
    if (status < ARCHIVE_WARN) return archive_error(library, archive, reader.get());
    const std::string name = plain_name(library.entry_pathname(entry));
    Place place{.offset = static_cast<std::uint64_t>(library.filter_bytes(reader.get(), 0)),
                .size = static_cast<std::uint64_t>(library.entry_size(entry)),
                .link = link_of(library, entry, name)};
    if (!place.link.empty() || library.entry_filetype(entry) == AE_IFREG) {
      file.places_.insert_or_assign(name, std::move(place));
    }
  }
}

std::optional<Content> TarFile::find(const std::string& name) const {
  auto place = places_.find(plain_name(name));
  for (int links = 0; place != places_.end() && links < kMostLinks; ++links) {
    if (place->second.link.empty()) {
      return Content::file(archive_, place->second.offset, place->second.size);
    }
    place = places_.find(place->second.link);
  }
  return std::nullopt;
}

}  // namespace cogpp::cli
