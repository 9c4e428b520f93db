// Small file operations with errors for users. No state; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

/// Closes the descriptor when it goes.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { reset(); }

  int get() const { return fd_; }
  int release();
  void reset();

 private:
  int fd_;
};

/// "open x.jpg: no such file or directory", the form of cog-cli §9.1.
Error open_error(const std::filesystem::path& path, int error_number);

/// Creates or empties a file for writing.
Result<Descriptor> create_file(const std::filesystem::path& path);
/// Writes all of `text` to a descriptor; `path` names it in errors.
Status write_all(int fd, std::string_view text, const std::filesystem::path& path);

/// The whole file. Of a terminal or a pipe interrupted() where a signal comes before its end.
Result<std::string> read_file(const std::filesystem::path& path);

/// Replaces `path` at once: readers see the old text or the new, never a part.
/// `permissions` are those of open(2), before the umask.
Status write_file(const std::filesystem::path& path, std::string_view text,
                  unsigned permissions = 0666);

/// Copies a regular file with its permissions, over one that may be there. Unlike
/// std::filesystem::copy_file, whose library calls every failed write an input/output error,
/// it says why; a copy that failed is removed, as is one that a signal cut short
/// (interrupt_pending(); std::errc::operation_canceled).
std::error_code copy_regular_file(const std::filesystem::path& from,
                                  const std::filesystem::path& to);

/// A directory that is removed, with all it holds, when the object goes.
class TemporaryDirectory {
 public:
  /// Made inside `parent`, which is created if need be.
  static Result<TemporaryDirectory> create(const std::filesystem::path& parent);
  TemporaryDirectory(TemporaryDirectory&& other) noexcept;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  explicit TemporaryDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

/// Removes directories of TemporaryDirectory in `parent` whose process no longer
/// lives: a killed program cannot clean up after itself.
void remove_abandoned(const std::filesystem::path& parent);

}  // namespace cogpp::cli
