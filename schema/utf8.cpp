// A byte-wise decoder of UTF-8 with a fast way through ASCII.
#include "schema/utf8.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace cogpp {
namespace {

/// What a first byte asks for: how many bytes in all, and the range of the second.
struct Lead {
  std::size_t length = 0;  ///< 0: no first byte.
  unsigned char low = 0x80;
  unsigned char high = 0xbf;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1};
  if (byte >= 0xc2 && byte <= 0xdf) return {2};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte == 0xed) return {3, 0x80, 0x9f};
  if (byte >= 0xe1 && byte <= 0xef) return {3};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {};
}

/// How many bytes at `text` begin one character: valid up to there. `whole` tells
/// whether that is all of it.
std::size_t matched(std::string_view text, bool& whole) {
  const Lead lead = lead_of(static_cast<unsigned char>(text[0]));
  const std::size_t end = std::min(lead.length, text.size());
  std::size_t at = std::min<std::size_t>(end, 1);
  for (; at < end; ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool fits =
        at == 1 ? byte >= lead.low && byte <= lead.high : byte >= 0x80 && byte <= 0xbf;
    if (!fits) break;
  }
  whole = lead.length > 0 && at == lead.length;
  return at;
}

}  // namespace

std::size_t utf8_prefix(std::string_view text) {
  constexpr std::uint64_t kNotAscii = 0x8080808080808080U;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & kNotAscii) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    bool whole = false;
    const std::size_t length = matched(text.substr(at), whole);
    if (!whole) return at;
    at += length;
  }
  return at;
}

std::string to_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t good = utf8_prefix(text);
    out += text.substr(0, good);
    text.remove_prefix(good);
    if (text.empty()) break;
    out += "\xef\xbf\xbd";
    bool whole = false;
    text.remove_prefix(std::max<std::size_t>(matched(text, whole), 1));
  }
  return out;
}

std::size_t unfinished_tail(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const std::string_view tail = text.substr(text.size() - back);
    const std::size_t length = lead_of(static_cast<unsigned char>(tail[0])).length;
    bool whole = false;
    if (length > back && matched(tail, whole) == back) return back;
    if (length > 0) return 0;
  }
  return 0;
}

std::string join_whole(std::string& held, std::string_view piece) {
  std::string text = std::exchange(held, {});
  text += piece;
  const std::size_t whole = text.size() - unfinished_tail(text);
  held.assign(text, whole);
  text.erase(whole);
  return text;
}

}  // namespace cogpp
