// A long text made of pieces. Large ones, such as the data URLs of file outputs, are
// shared with whoever else has them instead of being copied.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cogpp::server {

/// A value; used by one thread at a time.
class SharedText {
 public:
  SharedText() = default;
  SharedText(std::string text) : tail_(std::move(text)) {}  // NOLINT(*-explicit-*): a whole text.

  /// What follows the last shared piece; append to it. The reference stays valid.
  std::string& tail() { return tail_; }
  /// Appends `piece`, which is copied where that is cheaper than sharing it.
  void append(const std::shared_ptr<const std::string>& piece);
  void clear();

  std::size_t size() const;
  /// The pieces in order, the last one may be empty.
  template <class Function>
  void for_each(Function function) const {
    for (const auto& piece : pieces_) {
      function(std::string_view(piece.before));
      function(std::string_view(*piece.shared));
    }
    function(std::string_view(tail_));
  }
  std::string str() const;

 private:
  struct Piece {
    std::string before;
    std::shared_ptr<const std::string> shared;
  };

  std::vector<Piece> pieces_;
  std::string tail_;
};

}  // namespace cogpp::server
