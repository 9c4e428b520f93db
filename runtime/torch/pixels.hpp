// Picture files without tensors, so that the reader can be fuzzed alone.
#pragma once

#include <filesystem>
#include <memory>

namespace cogpp::torch_models {

struct FreePixels {
  void operator()(unsigned char* pixels) const;
};

struct Pixels {
  int width = 0;
  int height = 0;
  std::unique_ptr<unsigned char, FreePixels> bytes;  ///< Rows of pixels of `channels` bytes.
};

/// A PNG, JPEG, BMP, GIF or PNM file, converted to 1 or 3 channels. Throws
/// std::runtime_error with a text for the user. Any thread.
Pixels read_pixels(const std::filesystem::path& path, int channels);

}  // namespace cogpp::torch_models
