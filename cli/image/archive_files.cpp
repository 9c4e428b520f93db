// libarchive undoes the compression while it reads.
#include "cli/image/archive_files.hpp"

#include "cli/image/archive_library.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kArchiveReadSize = std::size_t{256} << 10U;
constexpr std::size_t kArchiveWriteSize = std::size_t{1} << 20U;

enum class ArchiveForm { kTar, kZip };

void expect(const ArchiveLibrary& library, ArchiveForm form, archive* stream) {
  if (form == ArchiveForm::kZip) {
    library.read_support_format_zip(stream);
    return;
  }
  library.read_support_format_tar(stream);
  library.read_support_filter_gzip(stream);
  library.read_support_filter_zstd(stream);
}

Status read_files(const fs::path& archive_file, ArchiveForm form, const TakeArchiveFile& take) {
  const Result<const ArchiveLibrary*> loaded = archive_library();
  if (!loaded) return loaded.error();
  const ArchiveLibrary& library = **loaded;
  const ArchiveReader stream = archive_reader(library);
  expect(library, form, stream.get());
  const auto failure = [&] {
    return Error{archive_file.string() + " is not a readable " +
                 (form == ArchiveForm::kZip ? "zip" : "tar") +
                 " archive: " + library.reason(stream.get()) +
                 (form == ArchiveForm::kZip ? ". Copy or export it again" : "")};
  };
  const int opened =
      library.read_open_filename(stream.get(), archive_file.c_str(), kArchiveReadSize);
  if (opened != ARCHIVE_OK) return failure();
  const ReadArchiveBytes read = [&](char* buffer, std::size_t size) -> Result<std::size_t> {
    if (interrupt_pending()) return interrupted();
    const la_ssize_t count = library.read_data(stream.get(), buffer, size);
    if (count < 0) return failure();
    return static_cast<std::size_t>(count);
  };
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = library.read_next_header(stream.get(), &entry);
    if (status == ARCHIVE_EOF) return {};
    if (status < ARCHIVE_WARN) return failure();
    if (library.entry_filetype(entry) != AE_IFREG || library.entry_hardlink(entry)) continue;
    std::string name = fs::path(library.entry_pathname(entry)).lexically_normal().string();
    name.erase(0, name.find_first_not_of('/'));
    if (const Status taken = take(name, read); !taken) return taken;
  }
}

}  // namespace

Status read_tar_files(const fs::path& archive, const TakeArchiveFile& take) {
  return read_files(archive, ArchiveForm::kTar, take);
}

Status read_zip_files(const fs::path& archive, const TakeArchiveFile& take) {
  return read_files(archive, ArchiveForm::kZip, take);
}

Result<Digest> write_archive_file(const ReadArchiveBytes& read, const fs::path& path) {
  Sha256 hash;
  std::string buffer(kArchiveWriteSize, '\0');
  const Result<Descriptor> out = create_file(path);
  if (!out) return out.error();
  for (;;) {
    const Result<std::size_t> count = read(buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) return hash.digest();
    const std::string_view bytes(buffer.data(), *count);
    hash.update(bytes);
    if (const Status written = write_all(out->get(), bytes, path); !written) {
      return written.error();
    }
  }
}

}  // namespace cogpp::cli
