// Both directions work on whole groups through small tables (8 KiB for three bytes
// as two pairs of digits, 4 KiB for four digits at once); what is not a whole, clean
// group takes the careful path.
#include "runtime/server/files/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace cogpp::server::files {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kNoDigit = 0xFFU << 24;  // Above the 24 bits of a group.

struct Pair {
  char digits[2];
};

constexpr std::array<Pair, 4096> make_pairs() {
  std::array<Pair, 4096> pairs{};
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    pairs[i] = {{kDigits[i >> 6], kDigits[i & 63]}};
  }
  return pairs;
}

/// Values of a digit that stands `shift` bits high in its group.
constexpr std::array<std::uint32_t, 256> make_values(unsigned shift) {
  std::array<std::uint32_t, 256> values{};
  values.fill(kNoDigit);
  for (std::uint32_t i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = i << shift;
  }
  return values;
}

constexpr std::array<Pair, 4096> kPairs = make_pairs();
constexpr std::array<std::array<std::uint32_t, 256>, 4> kValues = {make_values(18), make_values(12),
                                                                   make_values(6), make_values(0)};

char low_byte(std::uint32_t bits) { return static_cast<char>(bits & 0xFFU); }

/// Decodes clean groups of four from `from` on; stops before the first other byte.
void decode_groups(const unsigned char*& from, const unsigned char* end, char*& to) {
  while (end - from >= 4) {
    const std::uint32_t group =
        kValues[0][from[0]] | kValues[1][from[1]] | kValues[2][from[2]] | kValues[3][from[3]];
    if (group >= kNoDigit) return;
    to[0] = low_byte(group >> 16);
    to[1] = low_byte(group >> 8);
    to[2] = low_byte(group);
    from += 4;
    to += 3;
  }
}

Error incomplete(std::size_t position, std::size_t decoded) {
  if (position == 1) {
    return Error{"Invalid base64-encoded string: number of data characters (" +
                 std::to_string(decoded / 3 * 4 + 1) + ") cannot be 1 more than a multiple of 4"};
  }
  return Error{"Incorrect padding"};
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + start;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto* end = from + bytes.size();
  for (; end - from >= 3; from += 3, to += 4) {
    const std::uint32_t group = static_cast<std::uint32_t>(from[0]) << 16 |
                                static_cast<std::uint32_t>(from[1]) << 8 | from[2];
    std::memcpy(to, kPairs[group >> 12].digits, 2);
    std::memcpy(to + 2, kPairs[group & 4095].digits, 2);
  }
  if (from == end) return;
  const bool two = end - from == 2;
  const std::uint32_t group = static_cast<std::uint32_t>(from[0]) << 16 |
                              (two ? static_cast<std::uint32_t>(from[1]) << 8 : 0U);
  std::memcpy(to, kPairs[group >> 12].digits, 2);
  to[2] = two ? kPairs[group & 4095].digits[0] : '=';
  to[3] = '=';
}

Result<std::string> decode_base64(std::string_view text) {
  std::string out(text.size() / 4 * 3 + 3, '\0');
  char* to = out.data();
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const auto* end = from + text.size();
  const auto decoded = [&] { return static_cast<std::size_t>(to - out.data()); };
  std::uint32_t bits = 0;    // Digits of the group under way.
  std::size_t position = 0;  // How many they are.
  std::size_t pads = 0;
  while (from != end) {
    if (position == 0) decode_groups(from, end, to);
    if (from == end) break;
    const unsigned char c = *from++;
    if (c == '=') {
      if (position >= 2 && position + ++pads >= 4) {
        position = 0;
        break;
      }
      continue;
    }
    if (kValues[3][c] == kNoDigit) continue;
    pads = 0;
    bits = bits << 6 | kValues[3][c];
    position = (position + 1) % 4;
    if (position == 2) *to++ = low_byte(bits >> 4);
    if (position == 3) *to++ = low_byte(bits >> 2);
    if (position == 0) *to++ = low_byte(bits);
  }
  if (position != 0) return incomplete(position, decoded());
  out.resize(decoded());
  return out;
}

}  // namespace cogpp::server::files
