// SHA-256 of texts and files, and a memory of files' digests that saves reading
// what has not changed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

/// 64 lower-case hexadecimal digits.
std::string sha256(std::string_view text);
/// The same of a file, read piece by piece until interrupt_pending(): interrupted() then.
Result<std::string> sha256_of_file(const std::filesystem::path& path);

/// What tells that a file is still the one it was without reading it: path, size, times,
/// inode, in one line. Empty when there is none, or one so new that a later change could
/// carry the same times.
std::string settled_identity(const std::filesystem::path& file);

/// Digests of files, remembered with size, times and inode. A file whose record
/// still fits is not read again, unless it was so new when it was read that a
/// later change could carry the same time. One thread.
class FileDigests {
 public:
  /// Starts with the records saved in `store`, if any can be read.
  static FileDigests load(std::filesystem::path store);

  Result<std::string> of(const std::filesystem::path& file);
  /// Writes the records back if any changed. Failure costs time only, so none is reported.
  void save();

 private:
  struct Record {
    std::int64_t size = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    std::uint64_t inode = 0;
    std::string digest;
    bool operator==(const Record&) const = default;
  };
  explicit FileDigests(std::filesystem::path store) : store_(std::move(store)) {}

  std::filesystem::path store_;
  std::map<std::string, Record> records_;
  bool changed_ = false;
};

}  // namespace cogpp::cli
