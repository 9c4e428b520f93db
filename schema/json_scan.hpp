// Finds the end of plain text in a JSON string, sixteen bytes at a time where SSE2 is
// (every x86-64), else eight. Shared by the reader and the writer: to both, data URLs
// of megabytes are the common long string.
#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <cstdint>
#include <cstring>
#include <string_view>

namespace cogpp {

inline constexpr std::uint64_t kHighBits = 0x8080808080808080;

/// `"`, `\` and control characters: what ends plain text.
constexpr bool is_special(unsigned char c) { return c == '"' || c == '\\' || c < 0x20; }

#if defined(__SSE2__)

/// One bit for each of the sixteen bytes at `bytes` that is special; `seen` gets the
/// bits of all of them.
inline int special_bytes(const char* bytes, __m128i& seen) {
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(text, _mm_set1_epi8(0x1F)), text);
  const __m128i quote = _mm_cmpeq_epi8(text, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(text, _mm_set1_epi8('\\'));
  seen = _mm_or_si128(seen, text);
  return _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
}

#endif

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
#if defined(__SSE2__)
  __m128i all = _mm_setzero_si128();
  while (text.size() - end >= 16) {
    __m128i with_these = all;
    if (special_bytes(text.data() + end, with_these) != 0) break;
    all = with_these;
    end += 16;
  }
  if (_mm_movemask_epi8(all) != 0) seen = kHighBits;
#endif
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
