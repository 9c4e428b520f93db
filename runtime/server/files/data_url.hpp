// data: URLs as Python's urllib reads them (cog-runtime-live B17). Pure functions;
// any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::files {

/// A data URL in its parts; a view of its text, which must outlive it.
struct DataUrl {
  std::string media_type;  ///< Lower case, without parameters; text/plain when absent or malformed.
  std::string_view data;   ///< Still escaped and encoded.
  bool base64 = false;
};

/// Takes a URL apart, which begins with "data:". The error is Python's text.
Result<DataUrl> split_data_url(std::string_view url);

/// Gives the decoded bytes piece by piece, so that they never stand in memory as a
/// whole, to `sink`, whose failure ends it. An error of the encoding, Python's text,
/// may come after bytes were given.
Status decode_data_url(const DataUrl& url, const std::function<Status(std::string_view)>& sink);

/// The name Cog gives a file of that type: "file.png", or "file" for an unknown one.
std::string file_name_of_type(std::string_view media_type);

}  // namespace cogpp::server::files
