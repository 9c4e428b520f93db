// By its versioned name, so that only the interface of <archive.h> is taken.
#include "cli/image/archive_library.hpp"

#include <dlfcn.h>

#include <new>
#include <string>

namespace cogpp::cli {
namespace {

/// Looks functions up until one is missing.
class Finder {
 public:
  explicit Finder(void* handle) : handle_(handle) {}

  template <class Function>
  void operator()(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(handle_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }
  const std::string& missing() const { return missing_; }

 private:
  void* handle_;
  std::string missing_;
};

void find_entries(Finder& find, ArchiveLibrary& library) {
  find("archive_entry_filetype", library.entry_filetype);
  find("archive_entry_free", library.entry_free);
  find("archive_entry_hardlink", library.entry_hardlink);
  find("archive_entry_mtime", library.entry_mtime);
  find("archive_entry_new", library.entry_new);
  find("archive_entry_pathname", library.entry_pathname);
  find("archive_entry_set_filetype", library.entry_set_filetype);
  find("archive_entry_set_gid", library.entry_set_gid);
  find("archive_entry_set_mtime", library.entry_set_mtime);
  find("archive_entry_set_pathname", library.entry_set_pathname);
  find("archive_entry_set_perm", library.entry_set_perm);
  find("archive_entry_set_size", library.entry_set_size);
  find("archive_entry_set_symlink", library.entry_set_symlink);
  find("archive_entry_set_uid", library.entry_set_uid);
  find("archive_entry_size", library.entry_size);
  find("archive_entry_sparse_count", library.entry_sparse_count);
  find("archive_entry_symlink", library.entry_symlink);
  find("archive_entry_unset_atime", library.entry_unset_atime);
  find("archive_entry_unset_birthtime", library.entry_unset_birthtime);
  find("archive_entry_unset_ctime", library.entry_unset_ctime);
  find("archive_error_string", library.error_string);
  find("archive_filter_bytes", library.filter_bytes);
}

void find_reading(Finder& find, ArchiveLibrary& library) {
  find("archive_read_data", library.read_data);
  find("archive_read_free", library.read_free);
  find("archive_read_new", library.read_new);
  find("archive_read_next_header", library.read_next_header);
  find("archive_read_open2", library.read_open2);
  find("archive_read_open_filename", library.read_open_filename);
  find("archive_read_support_filter_gzip", library.read_support_filter_gzip);
  find("archive_read_support_filter_zstd", library.read_support_filter_zstd);
  find("archive_read_support_format_tar", library.read_support_format_tar);
  find("archive_read_support_format_zip", library.read_support_format_zip);
}

void find_writing(Finder& find, ArchiveLibrary& library) {
  find("archive_write_free", library.write_free);
  find("archive_write_header", library.write_header);
  find("archive_write_new", library.write_new);
  find("archive_write_open", library.write_open);
  find("archive_write_set_bytes_per_block", library.write_set_bytes_per_block);
  find("archive_write_set_format_pax_restricted", library.write_set_format_pax_restricted);
  find("archive_write_set_options", library.write_set_options);
}

Result<ArchiveLibrary> load() {
  void* handle = ::dlopen(COGPP_LIBARCHIVE, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = ::dlerror();
    return Error{std::string("libarchive cannot be loaded: ") +
                 (reason != nullptr ? reason : COGPP_LIBARCHIVE) +
                 ". Install the package libarchive13 (libarchive13t64 on newer systems)"};
  }
  ArchiveLibrary library;
  Finder find(handle);
  find_entries(find, library);
  find_reading(find, library);
  find_writing(find, library);
  if (!find.missing().empty()) {
    return Error{std::string(COGPP_LIBARCHIVE) + " lacks the function " + find.missing()};
  }
  return library;
}

}  // namespace

ArchiveReader archive_reader(const ArchiveLibrary& library) {
  ArchiveReader reader(library.read_new(), {&library});
  if (!reader) throw std::bad_alloc();
  return reader;
}

Result<const ArchiveLibrary*> archive_library() {
  static const Result<ArchiveLibrary> library = load();
  if (!library) return library.error();
  return &*library;
}

}  // namespace cogpp::cli
