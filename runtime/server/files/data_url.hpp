// data: URLs as Python's urllib reads them (cog-runtime-live B17). Pure functions;
// any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::files {

struct DataUrl {
  std::string media_type;  ///< Lower case, without parameters; text/plain when absent or malformed.
  std::string bytes;
};

/// Decodes `url`, which begins with "data:". The error is Python's text.
Result<DataUrl> decode_data_url(std::string_view url);

/// The name Cog gives a file of that type: "file.png", or "file" for an unknown one.
std::string file_name_of_type(std::string_view media_type);

}  // namespace cogpp::server::files
