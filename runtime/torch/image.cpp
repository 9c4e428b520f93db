// Pictures to and from tensors, with stb.
#include <algorithm>
#include <cmath>
#include <cogpp/torch.hpp>
#include <stdexcept>

#include "runtime/torch/inference.hpp"
#include "runtime/torch/pixels.hpp"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

namespace cogpp {
namespace {

[[noreturn]] void bad_picture(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error("picture '" + path.string() + "' " + why);
}

/// Bytes as float32 [1, C, H, W] of 0…1.
at::Tensor decode(const std::filesystem::path& path, int channels) {
  const torch_models::Pixels pixels = torch_models::read_pixels(path, channels);
  return at::from_blob(pixels.bytes.get(), {1, pixels.height, pixels.width, channels}, at::kByte)
      .permute({0, 3, 1, 2})
      .to(at::kFloat)
      .div_(255)
      .contiguous();
}

/// Antialiased as Pillow does it.
at::Tensor resize(const at::Tensor& image, std::int64_t height, std::int64_t width) {
  if (image.size(2) == height && image.size(3) == width) return image;
  return at::_upsample_bilinear2d_aa(image, {height, width}, /*align_corners=*/false);
}

at::Tensor resize_and_crop(const at::Tensor& image, std::int64_t height, std::int64_t width) {
  const double scale = std::max(static_cast<double>(height) / static_cast<double>(image.size(2)),
                                static_cast<double>(width) / static_cast<double>(image.size(3)));
  const auto scaled = [&](std::int64_t extent, std::int64_t least) {
    return std::max(least,
                    static_cast<std::int64_t>(std::llround(scale * static_cast<double>(extent))));
  };
  const at::Tensor larger =
      resize(image, scaled(image.size(2), height), scaled(image.size(3), width));
  return larger.narrow(2, (larger.size(2) - height) / 2, height)
      .narrow(3, (larger.size(3) - width) / 2, width)
      .contiguous();
}

at::Tensor per_channel(const std::vector<double>& values, int channels) {
  if (values.size() != 1 && values.size() != static_cast<std::size_t>(channels)) {
    throw std::runtime_error("mean and std need one number, or one for each channel");
  }
  return to_tensor(values).to(at::kFloat).view({1, -1, 1, 1});
}

}  // namespace

at::Tensor read_image(const std::filesystem::path& path, const ImageOptions& options) {
  torch_models::enter_thread();
  if (options.channels != 1 && options.channels != 3) bad_picture(path, "needs channels 1 or 3");
  at::Tensor image = decode(path, options.channels);
  const std::int64_t height = options.size[0] > 0 ? options.size[0] : image.size(2);
  const std::int64_t width = options.size[1] > 0 ? options.size[1] : image.size(3);
  image = options.crop ? resize_and_crop(image, height, width) : resize(image, height, width);
  if (!options.mean.empty()) image = image - per_channel(options.mean, options.channels);
  if (!options.std.empty()) image = image / per_channel(options.std, options.channels);
  return image;
}

void write_image(const at::Tensor& image, const std::filesystem::path& path) {
  torch_models::enter_thread();
  at::Tensor plane = image.dim() == 4 && image.size(0) == 1 ? image[0] : image;
  if (plane.dim() != 3 || (plane.size(0) != 1 && plane.size(0) != 3)) {
    bad_picture(path,
                "cannot be written: the tensor must be [C, H, W] or [1, C, H, W] with C 1 or 3");
  }
  if (plane.scalar_type() != at::kByte) {
    plane = plane.to(at::kFloat).clamp(0, 1).mul(255).round().to(at::kByte);
  }
  plane = plane.cpu().permute({1, 2, 0}).contiguous();
  const int height = static_cast<int>(plane.size(0)), width = static_cast<int>(plane.size(1));
  const int channels = static_cast<int>(plane.size(2));
  if (stbi_write_png(path.c_str(), width, height, channels, plane.data_ptr(), width * channels) ==
      0) {
    bad_picture(path, "could not be written");
  }
}

}  // namespace cogpp
