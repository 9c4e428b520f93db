// Data URLs (RFC 2397): how files travel inside JSON. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

struct DataUrl {
  std::string media_type;  ///< Empty when the URL names none.
  std::string bytes;
};

/// "data:<media_type>;base64,…"
std::string to_data_url(std::string_view media_type, std::string_view bytes);

/// Reads base64 and percent-encoded URLs. The error says what is wrong, not what
/// it was read from.
Result<DataUrl> parse_data_url(std::string_view url);

}  // namespace cogpp::cli
