// Structure and numbers of JSON; strings are in json_strings.cpp.
//
// Recursive descent that gives up at serde_json's depth limit. The path of an error
// is collected only while a failure unwinds, so that well-formed text pays nothing.
#include "schema/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <utility>

namespace cogpp {
namespace {

constexpr std::string_view kEofValue = "EOF while parsing a value";
constexpr std::string_view kEofList = "EOF while parsing a list";
constexpr std::string_view kEofObject = "EOF while parsing an object";
constexpr std::string_view kExpectedValue = "expected value";
constexpr std::string_view kInvalidNumber = "invalid number";
constexpr std::string_view kTrailingComma = "trailing comma";
constexpr std::string_view kTrailingCharacters = "trailing characters";

}  // namespace

int JsonReader::peek() {
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return static_cast<unsigned char>(c);
    ++pos_;
  }
  return kEndOfText;
}

bool JsonReader::read(Json& out) {
  switch (peek()) {
    case 'n':
      out = nullptr;
      return read_word("null");
    case 't':
      out = true;
      return read_word("true");
    case 'f':
      out = false;
      return read_word("false");
    case '"':
      ++pos_;
      out = Json::string_t();
      return scan_string(out.get_ref<Json::string_t&>());
    case '[':
      return read_list(out);
    case '{':
      return read_object(out);
    case '-':
      return read_number(out);
    case kEndOfText:
      return fail_at_next(kEofValue);
    default:
      return at_digit() ? read_number(out) : fail_at_next(kExpectedValue);
  }
}

bool JsonReader::read_list(Json& out) {
  if (!open()) return false;
  out = Json::array();
  auto& list = out.get_ref<Json::array_t&>();
  bool first = true;
  for (;;) {
    const Next next = next_element(first);
    if (next == Next::kFailed) return false;
    if (next == Next::kEnd) return close(']');
    list.emplace_back();
    if (!read(list.back())) return within(list.size() - 1);
  }
}

bool JsonReader::read_object(Json& out) {
  if (!open()) return false;
  out = Json::object();
  auto& object = out.get_ref<Json::object_t&>();
  bool first = true;
  std::string key;
  for (;;) {
    const Next next = next_key(first, key);
    if (next == Next::kFailed) return false;
    if (next == Next::kEnd) return close('}');
    if (!colon()) return false;
    // Clients mostly send few keys, often sorted: try the end first. The last of
    // duplicates wins.
    const auto place = object.try_emplace(object.end(), std::move(key));
    if (!read(place->second)) return within(place->first);
  }
}

bool JsonReader::read_word(std::string_view word) {
  ++pos_;
  for (const char expected : word.substr(1)) {
    if (pos_ == text_.size()) return fail_here(kEofValue);
    if (text_[pos_++] != expected) return fail_here("expected ident");
  }
  return true;
}

bool JsonReader::read_null() { return peek() == 'n' && read_word("null"); }

bool JsonReader::read_string(std::string& out, std::string_view expected) {
  const int first = peek();
  if (first == kEndOfText) return fail_at_next(kEofValue);
  if (first != '"') return mismatch(expected);
  ++pos_;
  return scan_string(out);
}

bool JsonReader::open() {
  peek();
  if (--remaining_depth_ == 0) return fail_at_next("recursion limit exceeded");
  ++pos_;
  return true;
}

JsonReader::Next JsonReader::next_element(bool& first) {
  const int next = peek();
  if (next == ']') return Next::kEnd;
  if (std::exchange(first, false)) {
    if (next != kEndOfText) return Next::kItem;
    fail_at_next(kEofList);
    return Next::kFailed;
  }
  if (next != ',') {
    fail_at_next(next == kEndOfText ? kEofList : "expected `,` or `]`");
    return Next::kFailed;
  }
  ++pos_;
  const int item = peek();
  if (item != ']' && item != kEndOfText) return Next::kItem;
  fail_at_next(item == ']' ? kTrailingComma : kEofValue);
  return Next::kFailed;
}

JsonReader::Next JsonReader::next_key(bool& first, std::string& key) {
  int next = peek();
  if (next == '}') return Next::kEnd;
  std::string_view problem;
  if (next == kEndOfText) {
    problem = kEofObject;
  } else if (!std::exchange(first, false)) {
    if (next != ',') {
      problem = "expected `,` or `}`";
    } else {
      ++pos_;
      next = peek();
      if (next == '}') problem = kTrailingComma;
      if (next == kEndOfText) problem = kEofValue;
    }
  }
  if (problem.empty() && next != '"') problem = "key must be a string";
  if (problem.empty()) {
    ++pos_;
    if (scan_string(key)) return Next::kItem;
  } else {
    fail_at_next(problem);
  }
  within("?");  // how serde_path_to_error names a key that it never saw
  return Next::kFailed;
}

bool JsonReader::colon() {
  const int next = peek();
  if (next != ':') return fail_at_next(next == kEndOfText ? kEofObject : "expected `:`");
  ++pos_;
  return true;
}

bool JsonReader::close(char bracket) {
  const int next = peek();
  if (next == bracket) {
    ++pos_;
    ++remaining_depth_;
    return true;
  }
  if (next == kEndOfText) return fail_at_next(bracket == ']' ? kEofList : kEofObject);
  if (next != ',') return fail_at_next(kTrailingCharacters);
  if (bracket == '}') return fail_at_next(kTrailingComma);
  ++pos_;
  return fail_at_next(peek() == ']' ? kTrailingComma : kTrailingCharacters);
}

bool JsonReader::finish() { return peek() == kEndOfText || fail_at_next(kTrailingCharacters); }

// Numbers: integers of 64 bits stay integers, all else becomes the nearest double.

bool JsonReader::read_number(Json& out) {
  const std::size_t start = pos_;
  const bool negative = text_[pos_] == '-';
  if (negative) ++pos_;
  if (pos_ == text_.size()) return fail_here(kEofValue);
  const char first = text_[pos_++];
  if (first < '0' || first > '9') return fail_here(kInvalidNumber);
  if (first == '0' && at_digit()) return fail_at_next(kInvalidNumber);

  auto magnitude = static_cast<std::uint64_t>(first - '0');
  bool wide = false;
  for (; at_digit(); ++pos_) {
    constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
    const auto digit = static_cast<std::uint64_t>(text_[pos_] - '0');
    wide = wide || magnitude > kMax / 10 || (magnitude == kMax / 10 && digit > kMax % 10);
    if (!wide) magnitude = magnitude * 10 + digit;
  }
  const int next = byte();
  if (next == '.' || next == 'e' || next == 'E') {
    if (next == '.' && !scan_fraction()) return false;
    if ((byte() == 'e' || byte() == 'E') && !scan_exponent()) return false;
    return finish_float(start, out);
  }
  constexpr std::uint64_t kMinMagnitude = 1ULL << 63;
  // serde reads "-0" as the float -0.0: no integer is both zero and negative.
  if (wide || (negative && (magnitude == 0 || magnitude > kMinMagnitude))) {
    return finish_float(start, out);
  }
  if (negative) {
    out = static_cast<std::int64_t>(~magnitude + 1);
  } else {
    out = magnitude;
  }
  return true;
}

bool JsonReader::scan_fraction() {
  ++pos_;
  if (!at_digit()) return fail_at_next(pos_ == text_.size() ? kEofValue : kInvalidNumber);
  while (at_digit()) ++pos_;
  return true;
}

bool JsonReader::scan_exponent() {
  ++pos_;
  if (byte() == '+' || byte() == '-') ++pos_;
  if (pos_ == text_.size()) return fail_here(kEofValue);
  if (!at_digit()) {
    ++pos_;
    return fail_here(kInvalidNumber);
  }
  while (at_digit()) ++pos_;
  return true;
}

bool JsonReader::finish_float(std::size_t start, Json& out) {
  double value = 0;
  const char* const begin = text_.data() + start;
  const auto parsed = std::from_chars(begin, text_.data() + pos_, value);
  if (parsed.ec == std::errc::result_out_of_range) {
    // Too small is zero, too large is refused; from_chars does not say which.
    value = std::strtod(std::string(begin, text_.data() + pos_).c_str(), nullptr);
    if (value > 1 || value < -1) return fail_here("number out of range");
  }
  out = value;
  return true;
}

bool JsonReader::skip() {
  std::string open_brackets;  // enclosing containers, innermost last
  for (;;) {
    const int first = peek();
    bool after_item = true;
    if (first == '[' || first == '{') {
      ++pos_;
      open_brackets.push_back(static_cast<char>(first));
      after_item = false;
    } else if (!skip_scalar(first)) {
      return false;
    }
    for (;;) {
      if (open_brackets.empty()) return true;
      const char bracket = open_brackets.back();
      const int next = peek();
      if (next == kEndOfText) return fail_at_next(bracket == '[' ? kEofList : kEofObject);
      if (next == (bracket == '[' ? ']' : '}')) {
        ++pos_;
        open_brackets.pop_back();
        after_item = true;
        continue;
      }
      if (after_item && next != ',') {
        return fail_at_next(bracket == '[' ? "expected `,` or `]`" : "expected `,` or `}`");
      }
      if (after_item) ++pos_;
      break;
    }
    if (open_brackets.back() == '{' && !skip_key()) return false;
  }
}

bool JsonReader::skip_scalar(int first) {
  switch (first) {
    case 'n':
      return read_word("null");
    case 't':
      return read_word("true");
    case 'f':
      return read_word("false");
    case '"':
      ++pos_;
      return skip_string();
    case kEndOfText:
      return fail_at_next(kEofValue);
    default:
      return first == '-' || at_digit() ? skip_number() : fail_at_next(kExpectedValue);
  }
}

bool JsonReader::skip_number() {
  if (text_[pos_] == '-') ++pos_;
  const int first = byte();
  pos_ = std::min(pos_ + 1, text_.size());
  if (first < '0' || first > '9') return fail_here(kInvalidNumber);
  if (first == '0' && at_digit()) return fail_at_next(kInvalidNumber);
  while (at_digit()) ++pos_;
  if (byte() == '.') {
    ++pos_;
    if (!at_digit()) return fail_at_next(kInvalidNumber);
    while (at_digit()) ++pos_;
  }
  if (byte() != 'e' && byte() != 'E') return true;
  ++pos_;
  if (byte() == '+' || byte() == '-') ++pos_;
  const bool digit = at_digit();
  pos_ = std::min(pos_ + 1, text_.size());
  if (!digit) return fail_here(kInvalidNumber);
  while (at_digit()) ++pos_;
  return true;
}

bool JsonReader::skip_key() {
  const int next = peek();
  if (next != '"') return fail_at_next(next == kEndOfText ? kEofObject : "key must be a string");
  ++pos_;
  return skip_string() && colon();
}

bool JsonReader::fail_at_next(std::string_view message) {
  return fail(message, std::min(pos_ + 1, text_.size()), true);
}

bool JsonReader::fail(std::string_view message, std::size_t offset, bool malformed) {
  if (failed_) return false;  // a failure on the way out does not hide the first one
  failed_ = true;
  malformed_ = malformed;
  message_ = message;
  offset_ = offset;
  return false;
}

}  // namespace cogpp
