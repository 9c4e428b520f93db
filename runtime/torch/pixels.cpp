// stb looks at the head first, so that nothing is taken for a size that is only claimed.
#include "runtime/torch/pixels.hpp"

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_MAX_DIMENSIONS 65536
// Zeros: stb (before 2.28) decodes a JPEG that names tables which it does not bring by what the
// memory held before, and reads wherever that points.
#define STBI_MALLOC(size) std::calloc(1, size)
#define STBI_REALLOC(bytes, size) std::realloc(bytes, size)
#define STBI_FREE(bytes) std::free(bytes)
// Clients' files reach these: no format that nobody was promised.
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_ONLY_PNM
#include <stb/stb_image.h>

namespace cogpp::torch_models {
namespace {

/// A few bytes of a file may claim any size: 100 megapixels are 1.2 GB as floats.
constexpr std::int64_t kMaxPixels = 100'000'000;

/// stb reads beyond the end of a PNM of 16 bits a channel when it converts its channels.
bool is_wide_pnm(const std::filesystem::path& path) {
  return stbi_is_16_bit(path.c_str()) != 0 && std::ifstream(path, std::ios::binary).get() == 'P';
}

[[noreturn]] void bad_picture(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error("picture '" + path.string() + "' " + why);
}

}  // namespace

void FreePixels::operator()(unsigned char* pixels) const { stbi_image_free(pixels); }

Pixels read_pixels(const std::filesystem::path& path, int channels) {
  Pixels pixels;
  int found = 0;
  if (stbi_info(path.c_str(), &pixels.width, &pixels.height, &found) == 0) {
    bad_picture(path, "cannot be read: " + std::string(stbi_failure_reason()) +
                          "; it must be PNG, JPEG, BMP, GIF or PNM");
  }
  if (pixels.width <= 0 || pixels.height <= 0) bad_picture(path, "is damaged: it has no pixels");
  if (static_cast<std::int64_t>(pixels.width) * pixels.height > kMaxPixels) {
    bad_picture(path, "is too large: " + std::to_string(pixels.width) + " x " +
                          std::to_string(pixels.height) + " pixels");
  }
  if (is_wide_pnm(path))
    bad_picture(path, "has 16 bits a channel; convert it to PNG, or to 8 bits");
  pixels.bytes.reset(stbi_load(path.c_str(), &pixels.width, &pixels.height, &found, channels));
  if (pixels.bytes == nullptr)
    bad_picture(path, "is damaged: " + std::string(stbi_failure_reason()));
  return pixels;
}

}  // namespace cogpp::torch_models
