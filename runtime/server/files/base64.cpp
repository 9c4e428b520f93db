// Whole, clean groups go through the fastest kernel there is; what is neither takes
// the careful path, digit by digit.
#include "runtime/server/files/base64.hpp"

#include <algorithm>
#include <array>

#include "runtime/server/files/base64_kernel.hpp"

namespace cogpp::server::files {
namespace {

constexpr unsigned kNoDigit = 64;

unsigned value_of(unsigned char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A' + 0U;
  if (c >= 'a' && c <= 'z') return c - 'a' + 26U;
  if (c >= '0' && c <= '9') return c - '0' + 52U;
  if (c == '+') return 62;
  return c == '/' ? 63 : kNoDigit;
}

char low_byte(std::uint32_t bits) { return static_cast<char>(bits & 0xFFU); }

void encode_groups(const unsigned char* from, std::size_t groups, char* to) {
  const auto* fast = avx2_base64();
  const std::size_t done = fast != nullptr ? fast->encode(from, groups, to) : 0;
  scalar_base64().encode(from + 3 * done, groups - done, to + 4 * done);
}

std::size_t decode_groups(const unsigned char* from, std::size_t groups, char* to) {
  const auto* fast = avx2_base64();
  const std::size_t done = fast != nullptr ? fast->decode(from, groups, to) : 0;
  return done + scalar_base64().decode(from + 4 * done, groups - done, to + 3 * done);
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* const to = out.data() + start;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t groups = bytes.size() / 3;
  encode_groups(from, groups, to);
  const std::size_t rest = bytes.size() % 3;
  if (rest == 0) return;
  std::array<unsigned char, 3> last{};
  std::copy_n(from + 3 * groups, rest, last.begin());
  char* const end = to + 4 * groups;
  scalar_base64().encode(last.data(), 1, end);
  if (rest == 1) end[2] = '=';
  end[3] = '=';
}

std::string_view Base64Decoder::decode(std::string_view text) {
  if (ended_) return {};
  // Up to three digits may be waiting for this piece.
  const std::size_t room = text.size() / 4 * 3 + 6;
  if (out_.size() < room) out_.resize(room);
  const auto* from = reinterpret_cast<const unsigned char*>(text.data());
  const char* const end = decode_some(from, from + text.size(), out_.data());
  const auto size = static_cast<std::size_t>(end - out_.data());
  decoded_ += size;
  return std::string_view(out_).substr(0, size);
}

// Returns where the decoded bytes end.
char* Base64Decoder::decode_some(const unsigned char* from, const unsigned char* end, char* to) {
  while (from != end) {
    if (position_ == 0) {
      const auto groups = decode_groups(from, static_cast<std::size_t>(end - from) / 4, to);
      from += 4 * groups;
      to += 3 * groups;
      if (from == end) break;
    }
    const unsigned char c = *from++;
    if (c == '=') {
      if (position_ >= 2 && position_ + ++pads_ >= 4) {
        position_ = 0;
        ended_ = true;
        break;
      }
      continue;
    }
    const unsigned value = value_of(c);
    if (value == kNoDigit) continue;
    pads_ = 0;
    bits_ = bits_ << 6 | value;
    position_ = (position_ + 1) % 4;
    if (position_ == 2) *to++ = low_byte(bits_ >> 4);
    if (position_ == 3) *to++ = low_byte(bits_ >> 2);
    if (position_ == 0) *to++ = low_byte(bits_);
  }
  return to;
}

Status Base64Decoder::finish() const {
  if (position_ == 0) return {};
  if (position_ == 1) {
    return Error{"Invalid base64-encoded string: number of data characters (" +
                 std::to_string(decoded_ / 3 * 4 + 1) + ") cannot be 1 more than a multiple of 4"};
  }
  return Error{"Incorrect padding"};
}

}  // namespace cogpp::server::files
