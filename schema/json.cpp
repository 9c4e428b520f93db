// The writer: one recursive pass over the tree, appending to one string.
#include "schema/json.hpp"

#include <charconv>
#include <cmath>

#include "schema/json_reader.hpp"
#include "schema/json_scan.hpp"

namespace cogpp {
namespace {

void append_escape(std::string& out, unsigned char c) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += static_cast<char>(c);
      break;
    case '\b':
      out += 'b';
      break;
    case '\f':
      out += 'f';
      break;
    case '\n':
      out += 'n';
      break;
    case '\r':
      out += 'r';
      break;
    case '\t':
      out += 't';
      break;
    default:
      out += "u00";
      out += kHex[c >> 4];
      out += kHex[c & 15];
  }
}

/// The shortest digits that read back as `value`, laid out as serde_json does: with
/// the first digit's exponent in [-5, 15] positional, else scientific.
void append_float(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  char buffer[32];
  const auto written =
      std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  std::string_view text(buffer, static_cast<std::size_t>(written.ptr - buffer));
  if (text.front() == '-') {
    out += '-';
    text.remove_prefix(1);
  }
  const std::size_t mark = text.find('e');
  int exponent = 0;
  std::from_chars(text.data() + mark + (text[mark + 1] == '+' ? 2 : 1), written.ptr, exponent);
  std::string digits(1, text.front());
  if (mark > 2) digits += text.substr(2, mark - 2);

  if (exponent < -5 || exponent > 15) {
    out += digits.front();
    if (digits.size() > 1) out.append(".").append(digits, 1);
    out += exponent < 0 ? "e-" : "e+";
    out += std::to_string(std::abs(exponent));
  } else if (exponent < 0) {
    out.append("0.").append(static_cast<std::size_t>(-exponent - 1), '0').append(digits);
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() <= whole) digits.append(whole - digits.size() + 1, '0');
    out.append(digits, 0, whole).append(".").append(digits, whole);
  }
}

template <class Integer>
void append_integer(std::string& out, Integer value) {
  char buffer[24];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, written.ptr);
}

template <class Tree>
void append(std::string& out, const Tree& value) {
  switch (value.type()) {
    case Tree::value_t::object: {
      char separator = '{';
      for (const auto& [key, member] : value.template get_ref<const typename Tree::object_t&>()) {
        out += separator;
        append_quoted(out, key);
        out += ':';
        append(out, member);
        separator = ',';
      }
      out += separator == '{' ? "{}" : "}";
      break;
    }
    case Tree::value_t::array: {
      char separator = '[';
      for (const Tree& element : value) {
        out += separator;
        append(out, element);
        separator = ',';
      }
      out += separator == '[' ? "[]" : "]";
      break;
    }
    case Tree::value_t::string:
      append_quoted(out, value.template get_ref<const std::string&>());
      break;
    case Tree::value_t::boolean:
      out += value.template get<bool>() ? "true" : "false";
      break;
    case Tree::value_t::number_integer:
      append_integer(out, value.template get<std::int64_t>());
      break;
    case Tree::value_t::number_unsigned:
      append_integer(out, value.template get<std::uint64_t>());
      break;
    case Tree::value_t::number_float:
      append_float(out, value.template get<double>());
      break;
    default:  // null; binary and discarded values have no JSON form
      out += "null";
  }
}

template <class Tree>
std::string indented(const Tree& value, int depth) {
  if (!value.is_structured() || value.empty()) return to_text(value);
  const std::string indent(static_cast<std::size_t>(depth + 1) * 2, ' ');
  std::string text = value.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    text += (first ? "\n" : ",\n") + indent;
    if (value.is_object()) text += quoted(key) + ": ";
    text += indented(item, depth + 1);
    first = false;
  }
  text += "\n" + indent.substr(2);
  return text + (value.is_array() ? "]" : "}");
}

}  // namespace

std::string to_text(const Json& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string to_text(const OrderedJson& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string indented_text(const Json& value, int depth) { return indented(value, depth); }
std::string indented_text(const OrderedJson& value, int depth) { return indented(value, depth); }

void append_quoted(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);  // The closing quote must not move megabytes.
  out += '"';
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = plain_run_at(text, i).length;
    out.append(text, i, length);
    i += length;
    if (i < text.size()) append_escape(out, static_cast<unsigned char>(text[i++]));
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

Result<Json> parse_json(std::string_view text) {
  JsonReader reader(text);
  Json value;
  if (!reader.read(value) || !reader.finish()) return Error{reader.failure().text};
  return value;
}

}  // namespace cogpp
