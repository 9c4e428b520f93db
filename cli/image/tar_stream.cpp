// libarchive undoes the compression while it reads.
#include "cli/image/tar_stream.hpp"

#include <memory>
#include <new>

#include "cli/image/archive_library.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTarReadSize = std::size_t{256} << 10U;

struct FreeStream {
  const ArchiveLibrary* library;
  void operator()(archive* one) const { library->read_free(one); }
};

}  // namespace

Status read_tar_files(const fs::path& archive_file, const TakeTarFile& take) {
  const Result<const ArchiveLibrary*> loaded = archive_library();
  if (!loaded) return loaded.error();
  const ArchiveLibrary& library = **loaded;
  const std::unique_ptr<archive, FreeStream> stream(library.read_new(), {&library});
  if (!stream) throw std::bad_alloc();
  library.read_support_format_tar(stream.get());
  library.read_support_filter_gzip(stream.get());
  library.read_support_filter_zstd(stream.get());
  const auto failure = [&] {
    const char* reason = library.error_string(stream.get());
    return Error{archive_file.string() + " is not a readable tar archive: " +
                 (reason != nullptr ? reason : "unknown error")};
  };
  const int opened = library.read_open_filename(stream.get(), archive_file.c_str(), kTarReadSize);
  if (opened != ARCHIVE_OK) return failure();
  const ReadTarBytes read = [&](char* buffer, std::size_t size) -> Result<std::size_t> {
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

}  // namespace cogpp::cli
