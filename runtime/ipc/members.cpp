// A scanner over the top level of a JSON object: finds where each member's value
// begins and ends by counting brackets outside of strings.
#include "runtime/ipc/members.hpp"

#include <cstddef>

#include "schema/json.hpp"
#include "schema/utf8.hpp"

namespace cogpp::ipc {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  bool take(char wanted) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  bool at_end() {
    skip_space();
    return at_ >= text_.size();
  }
  /// A string with its quotes, or empty.
  std::string_view string() {
    skip_space();
    const std::size_t begin = at_;
    return skip_string() ? text_.substr(begin, at_ - begin) : std::string_view();
  }
  /// Any value's text, or empty.
  std::string_view value() {
    skip_space();
    const std::size_t begin = at_;
    if (at_ >= text_.size()) return {};
    if (text_[at_] == '"') return string();
    if (text_[at_] == '{' || text_[at_] == '[') {
      return skip_nested() ? text_.substr(begin, at_ - begin) : std::string_view();
    }
    const std::size_t end = text_.find_first_of(",}] \t\r\n", at_);
    at_ = end == std::string_view::npos ? text_.size() : end;
    return text_.substr(begin, at_ - begin);
  }

 private:
  void skip_space() {
    const std::size_t next = text_.find_first_not_of(kSpace, at_);
    at_ = next == std::string_view::npos ? text_.size() : next;
  }
  bool skip_string() {
    if (at_ >= text_.size() || text_[at_] != '"') return false;
    ++at_;
    while (true) {
      at_ = text_.find_first_of("\"\\", at_);
      if (at_ == std::string_view::npos || at_ + 1 > text_.size()) {
        at_ = text_.size();
        return false;
      }
      if (text_[at_] == '"') break;
      at_ += 2;
    }
    ++at_;
    return true;
  }
  bool skip_nested() {
    std::size_t depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        if (!skip_string()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<Members> Members::scan(std::string_view text) {
  const Error broken{"a frame is not one JSON object"};
  Scanner scanner(text);
  Members result;
  if (!scanner.take('{')) return broken;
  if (!scanner.take('}')) {
    do {
      const std::string_view key = scanner.string();
      if (key.empty() || !scanner.take(':')) return broken;
      const std::string_view value = scanner.value();
      if (value.empty()) return broken;
      result.members_.emplace_back(key.substr(1, key.size() - 2), value);
    } while (scanner.take(','));
    if (!scanner.take('}')) return broken;
  }
  if (!scanner.at_end()) return broken;
  return result;
}

std::string_view Members::find(std::string_view key) const {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    if (member->first == key) return member->second;
  }
  return {};
}

std::string_view Members::type() const {
  const std::string_view value = find("type");
  if (value.size() < 2 || value.front() != '"') return {};
  return value.substr(1, value.size() - 2);
}

std::optional<std::string> unquote(std::string_view json) {
  if (json.size() < 2 || json.front() != '"') return std::nullopt;
  const std::string_view inner = json.substr(1, json.size() - 2);
  bool plain = inner.find('\\') == std::string_view::npos;
  for (const char c : inner) plain = plain && static_cast<unsigned char>(c) >= 0x20;
  if (plain && is_utf8(inner)) return std::string(inner);
  auto value = parse_json(json);
  if (!value || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

}  // namespace cogpp::ipc
