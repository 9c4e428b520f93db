// The bytes of a blob: pieces of files, of memory, and zeros, one behind the other. So
// a tar archive of files is readable at any place without being written anywhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// A value. Files are opened when they are read; a file that has become shorter since
/// is an error then. Copies share what they hold in memory.
class Content {
 public:
  Content() = default;
  static Content text(std::string bytes);
  /// `size` bytes of `file` from `offset` on. `held` lives as long as they may be read.
  static Content file(std::filesystem::path file, std::uint64_t offset, std::uint64_t size,
                      std::shared_ptr<const void> held = {});
  static Content zeros(std::uint64_t size);

  void append(const Content& more);
  /// `size` bytes from `offset` on, or fewer where it ends before.
  Content slice(std::uint64_t offset, std::uint64_t size) const;
  std::uint64_t size() const { return size_; }

 private:
  friend class ContentReader;
  struct Piece {
    std::uint64_t begin = 0;  ///< In the whole content.
    std::uint64_t size = 0;
    std::shared_ptr<const std::string> bytes = {};  ///< Memory; else the file; else zeros.
    std::filesystem::path file = {};
    std::uint64_t offset = 0;  ///< In the memory or the file.
    std::shared_ptr<const void> held = {};
  };
  void append_piece(Piece piece);

  std::vector<Piece> pieces_;
  std::uint64_t size_ = 0;
};

/// Reads a content from a place to its end. One thread; the content must live longer.
class ContentReader {
 public:
  explicit ContentReader(const Content& content, std::uint64_t offset = 0);

  /// Up to `size` bytes; 0 at the end only. The error names the file, or is interrupted() where a
  /// signal waits before bytes of a file.
  Result<std::size_t> read(char* buffer, std::size_t size);

 private:
  Result<std::size_t> read_file(const Content::Piece& piece, char* buffer, std::size_t size);

  const Content& content_;
  std::uint64_t position_;
  std::size_t piece_ = 0;
  Descriptor file_;
};

/// The whole content, for small ones.
Result<std::string> read_all(const Content& content);

}  // namespace cogpp::cli
