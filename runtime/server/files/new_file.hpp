// A file that is being made for a prediction: named as Cog names its temporary
// files, removed again unless it is kept.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::files {

/// Owns an open descriptor and, until keep(), the file. Not thread-safe.
class NewFile {
 public:
  /// Creates `directory`/tmpXXXXXXXX<name>, a name that no file had before.
  static Result<NewFile> create(const std::filesystem::path& directory, std::string_view name);

  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  const std::string& path() const { return path_; }
  /// Writes all of `bytes`; the error names the file and the reason (disk full).
  Status append(std::string_view bytes);
  /// Lets the file live on.
  void keep() { owned_ = false; }
  /// Closes the descriptor early; a list of many files must not hold them all.
  void close();

 private:
  NewFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

  int fd_;
  bool owned_ = true;
  std::string path_;
};

}  // namespace cogpp::server::files
