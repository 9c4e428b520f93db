// Base64 by table, three bytes to four letters.
#include "cli/support/data_url.hpp"

#include <array>
#include <cstdint>

namespace cogpp::cli {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNoDigit = 255;

constexpr std::array<std::uint8_t, 256> kDigits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  // The URL-safe alphabet's two letters.
  digits['-'] = 62;
  digits['_'] = 63;
  return digits;
}();

Result<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const std::uint8_t digit = kDigits[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) return Error{"the data URL has a character that is not base64"};
    bits = (bits << 6U) | digit;
    if (++count == 4) {
      bytes.push_back(static_cast<char>(bits >> 16U));
      bytes.push_back(static_cast<char>(bits >> 8U));
      bytes.push_back(static_cast<char>(bits));
      bits = 0;
      count = 0;
    }
  }
  if (count == 1) return Error{"the data URL's base64 text is cut off"};
  if (count >= 2) bytes.push_back(static_cast<char>(bits >> (count == 2 ? 4U : 10U)));
  if (count == 3) bytes.push_back(static_cast<char>(bits >> 2U));
  return bytes;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decode_percent(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low >= 0) {
      bytes.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      bytes.push_back(text[i]);
    }
  }
  return bytes;
}

}  // namespace

std::string to_data_url(std::string_view media_type, std::string_view bytes) {
  std::string url = "data:" + std::string(media_type) + ";base64,";
  url.reserve(url.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto byte = [&](std::size_t offset) -> std::uint32_t {
      return offset < left ? static_cast<unsigned char>(bytes[i + offset]) : 0U;
    };
    const std::uint32_t bits = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    url.push_back(kAlphabet[bits >> 18U]);
    url.push_back(kAlphabet[(bits >> 12U) & 63U]);
    url.push_back(left > 1 ? kAlphabet[(bits >> 6U) & 63U] : '=');
    url.push_back(left > 2 ? kAlphabet[bits & 63U] : '=');
  }
  return url;
}

Result<DataUrl> parse_data_url(std::string_view url) {
  if (!url.starts_with("data:")) return Error{"not a data URL"};
  url.remove_prefix(5);
  const auto comma = url.find(',');
  if (comma == std::string_view::npos) return Error{"the data URL has no comma"};
  std::string_view header = url.substr(0, comma);
  const std::string_view body = url.substr(comma + 1);
  const bool base64 = header.ends_with(";base64");
  if (base64) header.remove_suffix(7);
  // Some models answer "data:None;base64,": no type is known (cog-cli §9.4).
  DataUrl result{.media_type = header == "None" ? "" : std::string(header), .bytes = {}};
  if (!base64) {
    result.bytes = decode_percent(body);
    return result;
  }
  Result<std::string> bytes = decode_base64(body);
  if (!bytes) return bytes.error();
  result.bytes = std::move(*bytes);
  return result;
}

}  // namespace cogpp::cli
