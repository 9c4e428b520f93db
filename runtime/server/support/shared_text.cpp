// Pieces of up to 16 KiB are copied: they leave in one write with what is around them.
#include "runtime/server/support/shared_text.hpp"

namespace cogpp::server {
namespace {

constexpr std::size_t kCopiedBytes = 16 * 1024;

}  // namespace

void SharedText::append(const std::shared_ptr<const std::string>& piece) {
  if (piece->size() <= kCopiedBytes) {
    tail_ += *piece;
  } else {
    pieces_.push_back({std::exchange(tail_, {}), piece});
  }
}

void SharedText::clear() {
  pieces_.clear();
  tail_.clear();
}

std::size_t SharedText::size() const {
  std::size_t size = 0;
  for_each([&size](std::string_view piece) { size += piece.size(); });
  return size;
}

std::string SharedText::str() const {
  std::string text;
  text.reserve(size());
  for_each([&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace cogpp::server
