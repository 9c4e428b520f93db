// Percent and UTF-8 rules of Python's urllib, shared by URLs and data URLs. Pure
// functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace cogpp::server::client {

/// `text` with controls, spaces, what is not ASCII and the characters of `unsafe` as %XX.
std::string percent_encode(std::string_view text, std::string_view unsafe);

/// `text` with every byte that no UTF-8 character owns replaced by U+FFFD.
std::string to_valid_utf8(std::string_view text);

/// Length of the valid UTF-8 character that `text` begins with; 0: there is none.
std::size_t utf8_character(std::string_view text);

}  // namespace cogpp::server::client
