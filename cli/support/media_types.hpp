// File name extensions and media types, both ways. Pure functions.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cogpp::cli {

/// By extension, in any case; application/octet-stream when it is not known.
std::string media_type_of(const std::filesystem::path& path);

/// The extension, with its dot, of a media type (parameters ignored); empty when
/// it is not known.
std::string extension_of(std::string_view media_type);

}  // namespace cogpp::cli
