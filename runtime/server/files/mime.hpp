// Media types by file name and file extensions by media type, with the answers of
// the two tables that Cog's runtime uses (cog-runtime §9). Pure functions; any thread.
#pragma once

#include <string_view>

namespace cogpp::server::files {

/// Type of a file by its name's extension, whatever its case; `application/octet-stream`
/// for one that is unknown or missing. `.png` alone is a name without an extension.
std::string_view media_type_of(std::string_view file_name);

/// The extension that Python's mimetypes guesses for `media_type` (lower case, without
/// parameters), with its dot; empty when it has none. It has none for audio/wav.
std::string_view extension_of(std::string_view media_type);

}  // namespace cogpp::server::files
