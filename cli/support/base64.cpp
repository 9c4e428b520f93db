// By table, three bytes to four letters.
#include "cli/support/base64.hpp"

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

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = bytes.size() - i;
    const auto byte = [&](std::size_t offset) -> std::uint32_t {
      return offset < left ? static_cast<unsigned char>(bytes[i + offset]) : 0U;
    };
    const std::uint32_t bits = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    out.push_back(kAlphabet[bits >> 18U]);
    out.push_back(kAlphabet[(bits >> 12U) & 63U]);
    out.push_back(left > 1 ? kAlphabet[(bits >> 6U) & 63U] : '=');
    out.push_back(left > 2 ? kAlphabet[bits & 63U] : '=');
  }
}

Result<std::string> decode_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=' || c == '\n' || c == '\r') continue;
    const std::uint8_t digit = kDigits[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) return Error{"there is a character that is not base64"};
    bits = (bits << 6U) | digit;
    if (++count == 4) {
      bytes.push_back(static_cast<char>(bits >> 16U));
      bytes.push_back(static_cast<char>(bits >> 8U));
      bytes.push_back(static_cast<char>(bits));
      bits = 0;
      count = 0;
    }
  }
  if (count == 1) return Error{"the base64 text is cut off"};
  if (count >= 2) bytes.push_back(static_cast<char>(bits >> (count == 2 ? 4U : 10U)));
  if (count == 3) bytes.push_back(static_cast<char>(bits >> 2U));
  return bytes;
}

std::string basic_authorization(std::string_view credentials) {
  std::string value = "Basic ";
  append_base64(value, credentials);
  return value;
}

}  // namespace cogpp::cli
