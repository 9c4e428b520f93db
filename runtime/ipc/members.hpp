// The members of one JSON object as views of its text, without building a tree.
// Used by messages.cpp only; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::ipc {

/// Views into the scanned text, which must outlive it.
class Members {
 public:
  /// Fails when `text` is not one object. Nested values are only followed to their
  /// end (brackets and strings balance); parse_json() checks the ones that are read.
  static Result<Members> scan(std::string_view text);

  /// The value's text, or empty when there is none. The last of equal keys wins.
  std::string_view find(std::string_view key) const;
  /// The string member "type" without its quotes, or empty.
  std::string_view type() const;

 private:
  std::vector<std::pair<std::string_view, std::string_view>> members_;
};

/// The text that a JSON string stands for; nothing if `json` is not a valid string.
std::optional<std::string> unquote(std::string_view json);

}  // namespace cogpp::ipc
