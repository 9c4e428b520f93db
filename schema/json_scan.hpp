// Finds the end of plain text in a JSON string, eight bytes at a time. Shared by the
// reader and the writer: to both, data URLs of megabytes are the common long string.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace cogpp {

inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// `"`, `\` and control characters: what ends plain text.
constexpr bool is_special(unsigned char c) { return c == '"' || c == '\\' || c < 0x20; }

/// Nonzero when one of the eight bytes is special.
constexpr std::uint64_t special_byte(std::uint64_t word) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  constexpr auto zero_byte = [](std::uint64_t bytes) {
    return (bytes - kOnes) & ~bytes & kHighBits;
  };
  const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighBits;
  return control | zero_byte(word ^ (kOnes * '"')) | zero_byte(word ^ (kOnes * '\\'));
}

struct PlainRun {
  std::size_t length = 0;
  bool ascii = true;
};

/// The bytes from `start` up to the first special one, or the end.
inline PlainRun plain_run_at(std::string_view text, std::size_t start) {
  std::size_t end = start;
  std::uint64_t seen = 0;
  while (text.size() - end >= 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + end, 8);
    if (special_byte(word) != 0) break;
    seen |= word;
    end += 8;
  }
  for (; end < text.size(); ++end) {
    const auto c = static_cast<unsigned char>(text[end]);
    if (is_special(c)) break;
    seen |= c;
  }
  return PlainRun{end - start, (seen & kHighBits) == 0};
}

}  // namespace cogpp
