// Which reader fits which place.
#include "cli/image/source.hpp"

#include "cli/image/docker_archive.hpp"
#include "cli/image/layout.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;

bool is_image_location(std::string_view text) {
  return text.starts_with("oci:") || text.starts_with("tar:");
}

Result<ImageLocation> parse_image_location(std::string_view text) {
  ImageLocation location;
  if (text.starts_with("tar:")) {
    location.kind = ImageLocation::Kind::kArchive;
  } else if (!text.starts_with("oci:")) {
    return Error{"invalid image source \"" + std::string(text) +
                 "\": must be oci:DIR, the directory of an image layout, or tar:FILE, an archive"};
  }
  const std::string_view place = text.substr(4);
  std::error_code ignored;
  const auto colon = place.find(':');
  if (colon == std::string_view::npos || fs::exists(fs::path(place), ignored)) {
    location.path = place;
  } else {
    location.path = place.substr(0, colon);
    location.reference = place.substr(colon + 1);
  }
  if (location.path.empty()) {
    return Error{"invalid image source \"" + std::string(text) + "\": the path is missing"};
  }
  return location;
}

Result<Image> open_image(const ImageLocation& location) {
  const std::string what = location.path.string();
  std::error_code ignored;
  if (!fs::exists(location.path, ignored)) return open_error(location.path, ENOENT);
  if (location.kind == ImageLocation::Kind::kLayout) {
    return read_layout(layout_directory(location.path), what, location.reference);
  }
  Result<TarFile> archive = TarFile::open(location.path);
  if (!archive) return archive.error();
  if (!archive->find("index.json")) {
    return read_docker_archive(*archive, what, location.reference);
  }
  return read_layout([&](const std::string& name) { return archive->find(name); }, what,
                     location.reference);
}

}  // namespace cogpp::cli
