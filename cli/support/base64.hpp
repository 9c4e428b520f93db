// Base64 (RFC 4648), also its URL-safe alphabet when reading. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

void append_base64(std::string& out, std::string_view bytes);
/// Line ends and missing padding are passed over. The error says what is wrong, not
/// what it was read from.
Result<std::string> decode_base64(std::string_view text);

/// The value of an Authorization header for `user:password` (RFC 7617).
std::string basic_authorization(std::string_view credentials);

}  // namespace cogpp::cli
