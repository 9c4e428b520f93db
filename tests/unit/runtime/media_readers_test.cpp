// The readers of WAV and picture files, which need no libtorch; tensors are tested there.
#include <malloc.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "runtime/torch/pixels.hpp"
#include "runtime/torch/wav.hpp"

using cogpp::torch_models::parse_wav;
using cogpp::torch_models::read_pixels;

namespace {

/// A file of these bytes while it lives.
class File {
 public:
  explicit File(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary).write(bytes.data(), std::ssize(bytes));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { std::filesystem::remove(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("cogpp-media-" + std::to_string(::getpid()));
};

std::string why_not(const std::string& bytes) {
  const File file(bytes);
  try {
    read_pixels(file.path(), 3);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "read";
}

/// "RIFF" and so on, of one channel at 8 kHz with `bits` a sample.
std::string wav(char bits, const std::string& data) {
  std::string bytes = "RIFF....WAVEfmt ";
  bytes += std::string("\x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\0\0\0\0\0\0", 18) + bits + '\0';
  return bytes + "data" + static_cast<char>(data.size()) + std::string(3, '\0') + data;
}

}  // namespace

TEST_CASE("a picture's rows come in the channels that are asked for") {
  const File file("P6 2 1 255 abcdef");
  const auto colour = read_pixels(file.path(), 3);
  CHECK(colour.width == 2);
  CHECK(colour.height == 1);
  CHECK(std::string(reinterpret_cast<const char*>(colour.bytes.get()), 6) == "abcdef");
  CHECK(read_pixels(file.path(), 1).width == 2);
}

TEST_CASE("pictures without pixels, with too many and with too few bytes are refused") {
  // Newer versions of stb see these two themselves.
  const auto broken = [](const std::string& why) {
    return why.find("is damaged: ") < why.size() || why.find("cannot be read: ") < why.size();
  };
  CHECK(broken(why_not("P5 0 2 255 ")));
  CHECK(
      broken(why_not(std::string("P5\n\0\0\0\x13"
                                 "5 2\n255\n\0\1",
                                 17))));  // Found by fuzzing.
  CHECK(why_not("P5 2 2 994 12345678").find("has 16 bits a channel") != std::string::npos);
  CHECK(why_not("P5 60000 60000 255 ").ends_with("is too large: 60000 x 60000 pixels"));
  CHECK(why_not("no picture").find("it must be PNG, JPEG, BMP, GIF or PNM") != std::string::npos);
}

// Found by fuzzing.
TEST_CASE("a JPEG without the tables that it names does not depend on what the memory held") {
  // Begin; progressive, 8 x 8 pixels, one component; a scan of its higher coefficients; end.
  const std::string bytes(
      "\xff\xd8"
      "\xff\xc2\0\x0b\x08\0\x08\0\x08\x01\x01\x11\0"
      "\xff\xda\0\x08\x01\x01\0\x01\x3f\0\x5d\x53\x93\xc6\x9a\x87\x9c\x9a"
      "\xff\xd9",
      35);
  const File file(bytes);
  for (const int fill : {0x01, 0x7f, 0xff}) {
    ::mallopt(M_PERTURB, fill);
    const auto grey = read_pixels(file.path(), 1);
    ::mallopt(M_PERTURB, 0);
    CHECK(std::string(reinterpret_cast<const char*>(grey.bytes.get()), 64) ==
          std::string(64, '\x80'));
  }
}

TEST_CASE("samples of 8 and 16 bits, and a length that a pipe did not know") {
  const auto bytes = parse_wav(wav(8, std::string("\x80\xff\x00", 3)));
  REQUIRE(bytes);
  CHECK(bytes->rate == 8000);
  CHECK(bytes->channels == 1);
  CHECK(bytes->samples == std::vector<float>{0, 127.0F / 128, -1});
  std::string words = wav(16, std::string("\x00\x80\x00\x40\x01", 5));
  words[40] = '\x7f';  // Of the data: more than there is.
  const auto cut = parse_wav(words);
  REQUIRE(cut);
  CHECK(cut->samples == std::vector<float>{-1, 0.5F});
}

TEST_CASE("what is no WAV file, or one of another encoding, is refused") {
  CHECK(parse_wav("RIFF").error().message.starts_with("is not a WAV file"));
  CHECK(parse_wav(wav(12, "ab")).error().message.starts_with("has an unsupported encoding"));
  CHECK(parse_wav(wav(8, "").substr(0, 30)).error().message.starts_with("is damaged"));
}
