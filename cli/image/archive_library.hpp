// libarchive, loaded when the first archive is read or written: with the libraries that it
// brings along it would add 2 to 3 ms to every start of cogpp, a third of it. Those have 35 MB, so
// an installed prefix does not carry them: the system's is used.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstddef>
#include <memory>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The functions that cogpp calls, under libarchive's own names without `archive_`.
struct ArchiveLibrary {
  decltype(&::archive_entry_filetype) entry_filetype = nullptr;
  decltype(&::archive_entry_free) entry_free = nullptr;
  decltype(&::archive_entry_hardlink) entry_hardlink = nullptr;
  decltype(&::archive_entry_mtime) entry_mtime = nullptr;
  decltype(&::archive_entry_new) entry_new = nullptr;
  decltype(&::archive_entry_pathname) entry_pathname = nullptr;
  decltype(&::archive_entry_set_filetype) entry_set_filetype = nullptr;
  decltype(&::archive_entry_set_gid) entry_set_gid = nullptr;
  decltype(&::archive_entry_set_mtime) entry_set_mtime = nullptr;
  decltype(&::archive_entry_set_pathname) entry_set_pathname = nullptr;
  decltype(&::archive_entry_set_perm) entry_set_perm = nullptr;
  decltype(&::archive_entry_set_size) entry_set_size = nullptr;
  decltype(&::archive_entry_set_symlink) entry_set_symlink = nullptr;
  decltype(&::archive_entry_set_uid) entry_set_uid = nullptr;
  decltype(&::archive_entry_size) entry_size = nullptr;
  decltype(&::archive_entry_sparse_count) entry_sparse_count = nullptr;
  decltype(&::archive_entry_symlink) entry_symlink = nullptr;
  decltype(&::archive_entry_unset_atime) entry_unset_atime = nullptr;
  decltype(&::archive_entry_unset_birthtime) entry_unset_birthtime = nullptr;
  decltype(&::archive_entry_unset_ctime) entry_unset_ctime = nullptr;
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_filter_bytes) filter_bytes = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_next_header) read_next_header = nullptr;
  decltype(&::archive_read_open2) read_open2 = nullptr;
  decltype(&::archive_read_open_filename) read_open_filename = nullptr;
  decltype(&::archive_read_support_filter_gzip) read_support_filter_gzip = nullptr;
  decltype(&::archive_read_support_filter_zstd) read_support_filter_zstd = nullptr;
  decltype(&::archive_read_support_format_tar) read_support_format_tar = nullptr;
  decltype(&::archive_read_support_format_zip) read_support_format_zip = nullptr;
  decltype(&::archive_write_free) write_free = nullptr;
  decltype(&::archive_write_header) write_header = nullptr;
  decltype(&::archive_write_new) write_new = nullptr;
  decltype(&::archive_write_open) write_open = nullptr;
  decltype(&::archive_write_set_bytes_per_block) write_set_bytes_per_block = nullptr;
  decltype(&::archive_write_set_format_pax_restricted) write_set_format_pax_restricted = nullptr;
  decltype(&::archive_write_set_options) write_set_options = nullptr;

  /// What went wrong with it last.
  std::string reason(archive* one) const {
    const char* text = error_string(one);
    return text != nullptr ? text : "unknown error";
  }
};

struct FreeArchiveReader {
  const ArchiveLibrary* library;
  void operator()(archive* one) const { library->read_free(one); }
};
using ArchiveReader = std::unique_ptr<archive, FreeArchiveReader>;

/// Bytes of a tar archive that are read at once.
inline constexpr std::size_t kArchiveBlock = std::size_t{64} << 10U;

/// One that knows no format yet. `library` must live longer.
ArchiveReader archive_reader(const ArchiveLibrary& library);

/// Loads it at the first call; it stays loaded. Any thread. The error says what to install.
Result<const ArchiveLibrary*> archive_library();

}  // namespace cogpp::cli
