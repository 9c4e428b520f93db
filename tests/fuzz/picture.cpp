// A picture file, as models read their image inputs.
#include <sys/mman.h>
#include <unistd.h>

#include <exception>
#include <string>

#include "runtime/torch/pixels.hpp"
#include "tests/fuzz/target.hpp"

FUZZ_TARGET(bytes) {
  static const int file = ::memfd_create("picture", MFD_CLOEXEC);
  must(::ftruncate(file, 0) == 0);
  must(::pwrite(file, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  for (const int channels : {1, 3}) {
    try {
      const auto pixels = cogpp::torch_models::read_pixels(path, channels);
      must(pixels.width > 0 && pixels.height > 0 && pixels.bytes != nullptr);
    } catch (const std::exception& error) {
      must(*error.what() != '\0');
    }
  }
}
