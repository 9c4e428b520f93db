// UTF-8 as Unicode defines it: no overlong forms, no surrogates, nothing beyond
// U+10FFFF. Text from models may be anything; frames carry only valid text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cogpp {

/// Length of the longest valid prefix in bytes.
std::size_t utf8_prefix(std::string_view text);
inline bool is_utf8(std::string_view text) { return utf8_prefix(text) == text.size(); }
/// `text` with U+FFFD for each broken or cut-off character (a maximal subpart, as
/// Unicode recommends).
std::string to_utf8(std::string_view text);
/// Length of an unfinished but so far valid character at the end of `text`: 0 to 3.
std::size_t unfinished_tail(std::string_view text);
/// `held` and `piece` less an unfinished character at their end, which `held` keeps for the
/// next piece.
std::string join_whole(std::string& held, std::string_view piece);

}  // namespace cogpp
