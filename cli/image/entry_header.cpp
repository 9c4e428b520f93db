// One archive an entry, which ends where the entry's bytes would begin.
#include "cli/image/entry_header.hpp"

#include <memory>
#include <new>
#include <string>

namespace cogpp::cli {
namespace {

struct FreeWriter {
  const ArchiveLibrary* library;
  void operator()(archive* one) const { library->write_free(one); }
};

struct HeaderSink {
  std::string bytes;
  bool closed = false;  ///< Refuses the rest, which would be the entry's content as zeros.
};
la_ssize_t append_bytes(archive*, void* header, const void* bytes, std::size_t size) {
  auto& sink = *static_cast<HeaderSink*>(header);
  if (sink.closed) return -1;
  sink.bytes.append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

}  // namespace

Result<Content> entry_header(const ArchiveLibrary& library, archive_entry* entry) {
  HeaderSink header;
  const std::unique_ptr<archive, FreeWriter> writer(library.write_new(), {&library});
  if (!writer) throw std::bad_alloc();
  library.write_set_format_pax_restricted(writer.get());
  // libarchive would convert names by the process's locale.
  library.write_set_options(writer.get(), "hdrcharset=BINARY");
  library.write_set_bytes_per_block(writer.get(), 0);
  library.write_open(writer.get(), &header, nullptr, append_bytes, nullptr);
  if (library.write_header(writer.get(), entry) < ARCHIVE_WARN) {
    return Error{std::string(library.entry_pathname(entry)) +
                 " cannot be stored in a tar archive: " + library.reason(writer.get())};
  }
  header.closed = true;
  return Content::text(std::move(header.bytes));
}

}  // namespace cogpp::cli
