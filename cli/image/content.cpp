// Reading: the piece at the position, by pread(2) from files.
#include "cli/image/content.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;

Content Content::text(std::string bytes) {
  Content content;
  const std::uint64_t size = bytes.size();
  content.append_piece(
      {.size = size, .bytes = std::make_shared<const std::string>(std::move(bytes))});
  return content;
}

Content Content::file(fs::path file, std::uint64_t offset, std::uint64_t size,
                      std::shared_ptr<const void> held) {
  Content content;
  content.append_piece(
      {.size = size, .file = std::move(file), .offset = offset, .held = std::move(held)});
  return content;
}

Content Content::zeros(std::uint64_t size) {
  Content content;
  content.append_piece({.size = size});
  return content;
}

void Content::append(const Content& more) {
  for (const Piece& piece : more.pieces_) append_piece(piece);
}

Content Content::slice(std::uint64_t offset, std::uint64_t size) const {
  Content part;
  const std::uint64_t end = offset + std::min(size, size_ - std::min(offset, size_));
  for (const Piece& piece : pieces_) {
    const std::uint64_t first = std::max(offset, piece.begin);
    const std::uint64_t last = std::min(end, piece.begin + piece.size);
    if (first >= last) continue;
    Piece cut = piece;
    cut.size = last - first;
    cut.offset += first - piece.begin;
    part.append_piece(std::move(cut));
  }
  return part;
}

void Content::append_piece(Piece piece) {
  if (piece.size == 0) return;
  piece.begin = size_;
  size_ += piece.size;
  pieces_.push_back(std::move(piece));
}

ContentReader::ContentReader(const Content& content, std::uint64_t offset)
    : content_(content), position_(offset) {
  const auto& pieces = content_.pieces_;
  const auto next =
      std::upper_bound(pieces.begin(), pieces.end(), offset,
                       [](std::uint64_t place, const auto& piece) { return place < piece.begin; });
  piece_ = next == pieces.begin() ? 0 : static_cast<std::size_t>(next - pieces.begin()) - 1;
}

Result<std::size_t> ContentReader::read(char* buffer, std::size_t size) {
  std::size_t filled = 0;
  while (filled < size && position_ < content_.size()) {
    const Content::Piece& piece = content_.pieces_[piece_];
    const std::uint64_t done = position_ - piece.begin;
    if (done == piece.size) {
      ++piece_;
      file_.reset();
      continue;
    }
    std::size_t count = std::min<std::uint64_t>(piece.size - done, size - filled);
    if (piece.bytes) {
      std::memcpy(buffer + filled, piece.bytes->data() + piece.offset + done, count);
    } else if (piece.file.empty()) {
      std::memset(buffer + filled, 0, count);
    } else {
      const Result<std::size_t> got = read_file(piece, buffer + filled, count);
      if (!got) return got;
      count = *got;
    }
    filled += count;
    position_ += count;
  }
  return filled;
}

Result<std::size_t> ContentReader::read_file(const Content::Piece& piece, char* buffer,
                                             std::size_t size) {
  if (file_.get() < 0) {
    file_ = Descriptor(::open(piece.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (file_.get() < 0) return open_error(piece.file, errno);
  }
  const auto offset = static_cast<off_t>(piece.offset + (position_ - piece.begin));
  for (;;) {
    if (interrupt_pending()) return interrupted();
    const ssize_t count = ::pread(file_.get(), buffer, size, offset);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count == 0) {
      return Error{piece.file.string() + " has become shorter while it was being read"};
    }
    if (errno == EINTR) continue;
    return Error{"read " + piece.file.string() + ": " + std::generic_category().message(errno)};
  }
}

Result<std::string> read_all(const Content& content) {
  std::string text(content.size(), '\0');
  ContentReader reader(content);
  const Result<std::size_t> count = reader.read(text.data(), text.size());
  if (!count) return count.error();
  return text;
}

}  // namespace cogpp::cli
