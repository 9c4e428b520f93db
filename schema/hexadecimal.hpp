// Bytes as digits, for digests.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cogpp {

/// Two lower-case digits a byte. Any thread.
inline std::string hexadecimal(std::span<const unsigned char> bytes) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string digits;
  for (const unsigned char byte : bytes) {
    digits.push_back(kHex[byte >> 4U]);
    digits.push_back(kHex[byte & 15U]);
  }
  return digits;
}

}  // namespace cogpp
