// Which reader fits which place.
#include "cli/image/source.hpp"

#include "cli/image/docker_archive.hpp"
#include "cli/image/layout.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kLayoutPrefix = "oci:";
constexpr std::string_view kArchivePrefix = "tar:";

}  // namespace

bool is_image_location(std::string_view text) {
  return text.starts_with(kLayoutPrefix) || text.starts_with(kArchivePrefix);
}

Result<ImageLocation> parse_image_location(std::string_view text) {
  ImageLocation location;
  if (text.starts_with(kArchivePrefix)) {
    location.kind = ImageLocation::Kind::kArchive;
  } else if (!text.starts_with(kLayoutPrefix)) {
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
  std::error_code ignored;
  if (!fs::exists(location.path, ignored)) return open_error(location.path, ENOENT);
  // As flags take it, so that what an error proposes can be typed.
  const bool layout = location.kind == ImageLocation::Kind::kLayout;
  const std::string what =
      std::string(layout ? kLayoutPrefix : kArchivePrefix) + location.path.string();
  if (layout) {
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
