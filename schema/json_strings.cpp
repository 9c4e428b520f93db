// Strings of JSON: escapes, surrogate pairs, UTF-8. Half of JsonReader.
#include "schema/json_reader.hpp"
#include "schema/json_scan.hpp"
#include "schema/utf8.hpp"

namespace cogpp {
namespace {

constexpr std::string_view kEofString = "EOF while parsing a string";
constexpr std::string_view kControlCharacter =
    "control character (\\u0000-\\u001F) found while parsing a string";

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t value) { out.push_back(static_cast<char>(value)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

}  // namespace

std::size_t JsonReader::plain_run(bool& ascii) const {
  const PlainRun run = plain_run_at(text_, pos_);
  ascii = ascii && run.ascii;
  return run.length;
}

bool JsonReader::scan_string(std::string& out) {
  out.clear();
  bool ascii = true;
  for (;;) {
    const std::size_t length = plain_run(ascii);
    out.append(text_.substr(pos_, length));
    pos_ += length;
    if (pos_ == text_.size()) return fail_here(kEofString);
    const char c = text_[pos_++];
    if (c == '"') break;
    if (c != '\\') return fail_here(kControlCharacter);
    if (!scan_escape(out)) return false;
  }
  return ascii || is_utf8(out) || fail_here("invalid unicode code point");
}

bool JsonReader::scan_escape(std::string& out) {
  if (pos_ == text_.size()) return fail_here(kEofString);
  switch (const char c = text_[pos_++]) {
    case '"':
    case '\\':
    case '/':
      out.push_back(c);
      return true;
    case 'b':
      out.push_back('\b');
      return true;
    case 'f':
      out.push_back('\f');
      return true;
    case 'n':
      out.push_back('\n');
      return true;
    case 'r':
      out.push_back('\r');
      return true;
    case 't':
      out.push_back('\t');
      return true;
    case 'u':
      return scan_unicode(out);
    default:
      return fail_here("invalid escape");
  }
}

bool JsonReader::scan_unicode(std::string& out) {
  std::uint32_t code = 0;
  if (!scan_hex(code)) return false;
  if (code >= 0xDC00 && code <= 0xDFFF) {
    return fail_here("lone leading surrogate in hex escape");
  }
  if (code >= 0xD800 && code <= 0xDBFF) {
    for (const char expected : {'\\', 'u'}) {
      if (pos_ == text_.size()) return fail_here(kEofString);
      if (text_[pos_++] != expected) return fail_here("unexpected end of hex escape");
    }
    std::uint32_t low = 0;
    if (!scan_hex(low)) return false;
    if (low < 0xDC00 || low > 0xDFFF) return fail_here("lone leading surrogate in hex escape");
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
  }
  append_utf8(out, code);
  return true;
}

bool JsonReader::scan_hex(std::uint32_t& out) {
  if (text_.size() - pos_ < 4) {
    pos_ = text_.size();
    return fail_here(kEofString);
  }
  const std::string_view digits = text_.substr(pos_, 4);
  pos_ += 4;
  out = 0;
  for (const char c : digits) {
    const bool number = c >= '0' && c <= '9';
    const bool lower = c >= 'a' && c <= 'f';
    if (!number && !lower && !(c >= 'A' && c <= 'F')) return fail_here("invalid escape");
    const int value = number ? c - '0' : c - (lower ? 'a' : 'A') + 10;
    out = out * 16 + static_cast<std::uint32_t>(value);
  }
  return true;
}

bool JsonReader::skip_string() {
  // A string that nobody keeps is checked for its escapes' form only, as in serde.
  bool ascii = true;
  for (;;) {
    pos_ += plain_run(ascii);
    if (pos_ == text_.size()) return fail_here(kEofString);
    const char c = text_[pos_++];
    if (c == '"') return true;
    if (c != '\\') return fail_here(kControlCharacter);
    if (pos_ < text_.size() && text_[pos_] == 'u') {
      ++pos_;
      std::uint32_t code = 0;
      if (!scan_hex(code)) return false;
    } else if (std::string unused; !scan_escape(unused)) {
      return false;
    }
  }
}

}  // namespace cogpp
