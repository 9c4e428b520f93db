// Where an image comes from, as the user says it: `oci:DIR[:NAME]` or `tar:FILE[:NAME]`.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cli/image/image.hpp"

namespace cogpp::cli {

struct ImageLocation {
  enum class Kind { kLayout, kArchive };
  Kind kind = Kind::kLayout;
  std::filesystem::path path;
  std::string reference = {};  ///< Which image of several; empty: the only one.
};

/// Whether it is meant as such a place, and not as a name in a registry.
bool is_image_location(std::string_view text);

/// Reads `oci:DIR[:NAME]` or `tar:FILE[:NAME]`. A name may contain colons, a path that
/// exists wins over one that is cut at a colon.
Result<ImageLocation> parse_image_location(std::string_view text);

/// The image there. An archive may be one of a layout or of `docker save`.
Result<Image> open_image(const ImageLocation& location);

}  // namespace cogpp::cli
