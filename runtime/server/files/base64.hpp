// Base64 at memory speed: outputs become data URLs and data URLs become files on
// every prediction that has them. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::files {

/// Appends the standard base64 of `bytes`, with padding.
void append_base64(std::string& out, std::string_view bytes);

/// Decodes as Python's binascii.a2b_base64 does, which Cog's data URLs go through
/// (cog-runtime-live B17): bytes outside the alphabet are skipped, data after
/// complete padding is ignored, missing padding is an error. The error is Python's text.
Result<std::string> decode_base64(std::string_view text);

}  // namespace cogpp::server::files
