// Chunks first, then the samples of the one with data.
#include "runtime/torch/wav.hpp"

#include <cstdint>
#include <cstring>
#include <optional>

namespace cogpp::torch_models {
namespace {

constexpr int kFloat = 3, kExtensible = 0xFFFE;

/// Little-endian integer of sizeof(T) bytes at `at`. Precondition: they exist.
template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

struct Format {
  int code = 0, channels = 0, rate = 0, bits = 0;
};

struct Chunks {
  std::optional<Format> format;
  std::optional<std::string_view> data;
};

Format read_format(std::string_view chunk) {
  Format format{number_at<std::uint16_t>(chunk, 0), number_at<std::uint16_t>(chunk, 2),
                number_at<std::int32_t>(chunk, 4), number_at<std::uint16_t>(chunk, 14)};
  if (format.code == kExtensible && chunk.size() >= 26) {
    format.code = number_at<std::uint16_t>(chunk, 24);
  }
  return format;
}

/// A program that writes to a pipe cannot know the lengths: the last chunk may claim
/// more than there is, and is cut.
Chunks find_chunks(std::string_view bytes) {
  Chunks chunks;
  std::size_t at = 12;
  while (at + 8 <= bytes.size() && !chunks.data) {
    const std::string_view name = bytes.substr(at, 4);
    const std::string_view body = bytes.substr(at + 8, number_at<std::uint32_t>(bytes, at + 4));
    if (name == "fmt " && body.size() >= 16) chunks.format = read_format(body);
    if (name == "data") chunks.data = body;
    at += 8 + body.size() + body.size() % 2;
  }
  return chunks;
}

/// Interleaved samples as floats of -1…1.
std::vector<float> decode(std::string_view data, const Format& format) {
  const std::size_t width = static_cast<std::size_t>(format.bits) / 8;
  std::vector<float> samples(data.size() / width);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t at = i * width;
    if (format.code == kFloat) {
      samples[i] =
          width == 4 ? number_at<float>(data, at) : static_cast<float>(number_at<double>(data, at));
    } else if (width == 1) {
      samples[i] = (static_cast<float>(static_cast<unsigned char>(data[at])) - 128.0F) / 128.0F;
    } else {
      std::uint32_t top = 0;  // the sample in the highest bytes: the sign comes by itself
      std::memcpy(reinterpret_cast<char*>(&top) + (4 - width), data.data() + at, width);
      samples[i] =
          static_cast<float>(static_cast<double>(static_cast<std::int32_t>(top)) / 2147483648.0);
    }
  }
  return samples;
}

bool supported(const Format& format) {
  const bool pcm = format.code == kWavPcm && (format.bits == 8 || format.bits == 16 ||
                                              format.bits == 24 || format.bits == 32);
  const bool floats = format.code == kFloat && (format.bits == 32 || format.bits == 64);
  return (pcm || floats) && format.channels > 0 && format.rate > 0;
}

}  // namespace

Result<Wav> parse_wav(std::string_view bytes) {
  if (bytes.size() < 12 || bytes.substr(0, 4) != "RIFF" || bytes.substr(8, 4) != "WAVE") {
    return Error{"is not a WAV file; convert it, as with: ffmpeg -i FILE out.wav"};
  }
  const Chunks chunks = find_chunks(bytes);
  if (!chunks.format || !chunks.data) return Error{"is damaged: it has no format or no samples"};
  if (!supported(*chunks.format)) {
    return Error{"has an unsupported encoding; convert it to PCM, as with: ffmpeg -i FILE out.wav"};
  }
  return Wav{.channels = chunks.format->channels,
             .rate = chunks.format->rate,
             .samples = decode(*chunks.data, *chunks.format)};
}

}  // namespace cogpp::torch_models
