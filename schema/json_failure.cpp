// What a JsonReader says when it fails: texts, positions, paths. Cold code.
#include <algorithm>
#include <cstdio>

#include "schema/json_reader.hpp"

namespace cogpp {
namespace {

/// `text` as Rust's `{:?}` shows it, which serde's messages contain.
std::string rust_debug(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\0':
        out += "\\0";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          char escaped[8];
          std::snprintf(escaped, sizeof escaped, "\\u{%x}", static_cast<unsigned>(c));
          out += escaped;
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

/// How serde names the value in "invalid type: …".
std::string described(const Json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "boolean `" + to_text(value) + "`";
  if (value.is_string()) return "string " + rust_debug(value.get_ref<const std::string&>());
  return (value.is_number_float() ? "floating point `" : "integer `") + to_text(value) + "`";
}

}  // namespace

bool JsonReader::mismatch(std::string_view expected) {
  const int first = peek();
  std::string found;
  if (first == '[' || first == '{') {
    found = first == '[' ? "sequence" : "map";  // the position is before it
  } else {
    Json value;
    if (!read(value)) return false;
    found = described(value);
  }
  return reject("invalid type: " + found + ", expected " + std::string(expected));
}

bool JsonReader::reject(const std::string& message) { return fail(message, pos_, false); }

bool JsonReader::reject_container(char bracket, const std::string& message) {
  const int next = peek();
  if (next == bracket || (next == ',' && bracket == ']')) {
    ++pos_;
    if (next == ',') peek();
  }
  return reject(message);
}

bool JsonReader::within(std::string_view key) {
  segments_.emplace_back(key);
  return false;
}

bool JsonReader::within(std::size_t index) {
  segments_.emplace_back("[").append(std::to_string(index)).append("]");
  return false;
}

JsonFailure JsonReader::failure() const {
  const std::string_view before = text_.substr(0, offset_);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_start = newline == std::string_view::npos ? 0 : newline + 1;
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');

  JsonFailure failure;
  failure.malformed = malformed_;
  failure.text = message_ + " at line " + std::to_string(line) + " column " +
                 std::to_string(offset_ - line_start);
  const bool known = std::any_of(segments_.begin(), segments_.end(),
                                 [](const std::string& segment) { return segment != "?"; });
  if (!known) return failure;
  for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
    if (!failure.path.empty() && segment->front() != '[') failure.path += '.';
    failure.path += *segment;
  }
  return failure;
}

}  // namespace cogpp
