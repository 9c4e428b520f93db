// WAV files to and from tensors, and a resampler.
//
// The resampler is a windowed sinc: each output sample is the input weighted with a
// sinc of the lower of both rates, under a Hann window of kZeros zero crossings.
#include <algorithm>
#include <cmath>
#include <cogpp/torch.hpp>
#include <cstring>
#include <fstream>
#include <iterator>
#include <numbers>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "runtime/torch/inference.hpp"

namespace cogpp {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::int64_t kZeros = 16;
constexpr int kFormatPcm = 1, kFormatFloat = 3, kFormatExtensible = 0xFFFE;

[[noreturn]] void bad_recording(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error("audio file '" + path.string() + "' " + why);
}

/// Little-endian integer of sizeof(T) bytes at `at`. Precondition: they exist.
template <class T>
T number_at(std::string_view bytes, std::size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) bad_recording(path, "cannot be read: " + error.message());
  if (size > kMaxFileBytes) bad_recording(path, "is larger than 1 GiB");
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad() || bytes.size() < size) bad_recording(path, "cannot be read");
  return bytes;
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
  if (format.code == kFormatExtensible && chunk.size() >= 26) {
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
    if (format.code == kFormatFloat) {
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
  const bool pcm = format.code == kFormatPcm && (format.bits == 8 || format.bits == 16 ||
                                                 format.bits == 24 || format.bits == 32);
  const bool floats = format.code == kFormatFloat && (format.bits == 32 || format.bits == 64);
  return (pcm || floats) && format.channels > 0 && format.rate > 0;
}

/// The windowed sinc of a change of rate from `from` to `to` (without common factor).
/// Output i lies between inputs, at one of `to` fractions: a row of weights for each.
class Resampler {
 public:
  Resampler(std::int64_t from, std::int64_t to)
      : to_(to),
        cutoff_(std::min(1.0, static_cast<double>(to) / static_cast<double>(from))),
        reach_(static_cast<std::int64_t>(std::ceil(static_cast<double>(kZeros) / cutoff_))) {
    // Rates that share no factor have so many fractions that their rows are not kept.
    if (to * (2 * reach_ + 1) <= kKeptWeights) kept_.resize(static_cast<std::size_t>(to));
  }

  /// How many inputs to the left and right of an output count.
  std::int64_t reach() const { return reach_; }

  /// Weights of the inputs base - reach() … base + reach() for an output that lies
  /// `fraction` / to behind the input `base`. Valid until the next call.
  const std::vector<double>& weights(std::int64_t fraction) {
    auto& row = kept_.empty() ? scratch_ : kept_[static_cast<std::size_t>(fraction)];
    if (kept_.empty() || row.empty()) fill(row, fraction);
    return row;
  }

 private:
  static constexpr std::int64_t kKeptWeights = 1 << 20;  // 8 MiB

  void fill(std::vector<double>& row, std::int64_t fraction) const {
    row.clear();
    const double behind = static_cast<double>(fraction) / static_cast<double>(to_);
    for (std::int64_t k = -reach_; k <= reach_; ++k) {
      const double distance = (static_cast<double>(k) - behind) * cutoff_;
      const double phase = std::numbers::pi * distance;
      const double sinc = std::abs(distance) < 1e-9 ? 1.0 : std::sin(phase) / phase;
      const double window = 0.5 * (1.0 + std::cos(phase / static_cast<double>(kZeros)));
      const bool inside = std::abs(distance) <= static_cast<double>(kZeros);
      row.push_back(inside ? sinc * window * cutoff_ : 0.0);
    }
  }

  std::int64_t to_;
  double cutoff_;
  std::int64_t reach_;
  std::vector<std::vector<double>> kept_;
  std::vector<double> scratch_;
};

at::Tensor resample(const at::Tensor& samples, std::int64_t from, std::int64_t to) {
  const std::int64_t common = std::gcd(from, to);
  from /= common;
  to /= common;
  Resampler resampler(from, to);
  const at::Tensor source = samples.to(at::kFloat).contiguous();
  const float* in = source.const_data_ptr<float>();
  const std::int64_t count = source.numel();
  at::Tensor result = at::empty({(count * to + from - 1) / from}, at::kFloat);
  float* out = result.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    const std::int64_t first = i * from / to - resampler.reach();
    const std::vector<double>& weights = resampler.weights(i * from % to);
    const std::int64_t begin = std::max<std::int64_t>(0, -first);
    const std::int64_t end = std::min<std::int64_t>(std::ssize(weights), count - first);
    double sum = 0;
    for (std::int64_t k = begin; k < end; ++k) {
      sum += static_cast<double>(in[first + k]) * weights[static_cast<std::size_t>(k)];
    }
    out[i] = static_cast<float>(sum);
  }
  return result;
}

template <class T>
void append(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

Audio read_audio(const std::filesystem::path& path) {
  torch_models::enter_thread();
  const std::string bytes = read_file(path);
  const std::string_view view(bytes);
  if (view.size() < 12 || view.substr(0, 4) != "RIFF" || view.substr(8, 4) != "WAVE") {
    bad_recording(path, "is not a WAV file; convert it, as with: ffmpeg -i FILE out.wav");
  }
  const Chunks chunks = find_chunks(view);
  if (!chunks.format || !chunks.data)
    bad_recording(path, "is damaged: it has no format or no samples");
  if (!supported(*chunks.format)) {
    bad_recording(
        path, "has an unsupported encoding; convert it to PCM, as with: ffmpeg -i FILE out.wav");
  }
  std::vector<float> samples = decode(*chunks.data, *chunks.format);
  const std::int64_t channels = chunks.format->channels;
  const auto frames = static_cast<std::int64_t>(samples.size()) / channels;
  const at::Tensor interleaved = at::from_blob(samples.data(), {frames, channels}, at::kFloat);
  return {interleaved.t().clone(at::MemoryFormat::Contiguous), chunks.format->rate};
}

at::Tensor mono(const Audio& audio, int sample_rate) {
  torch_models::enter_thread();
  if (sample_rate <= 0) throw std::runtime_error("the sample rate must be positive");
  const at::Tensor mixed = audio.samples.dim() == 2 ? audio.samples.mean(0) : audio.samples;
  if (audio.sample_rate == sample_rate) return mixed.contiguous();
  return resample(mixed.cpu(), audio.sample_rate, sample_rate);
}

void write_audio(const at::Tensor& samples, int sample_rate, const std::filesystem::path& path) {
  torch_models::enter_thread();
  at::Tensor planes = samples.dim() == 1 ? samples.unsqueeze(0) : samples;
  if (planes.dim() != 2 || planes.size(0) == 0)
    bad_recording(path, "needs samples of [n] or [channels, n]");
  const auto channels = static_cast<std::uint16_t>(planes.size(0));
  planes =
      planes.cpu().to(at::kFloat).clamp(-1, 1).mul(32767).round().to(at::kShort).t().contiguous();
  const auto size = static_cast<std::uint32_t>(planes.nbytes());
  std::string bytes = "RIFF";
  append<std::uint32_t>(bytes, 36 + size);
  bytes += "WAVEfmt ";
  append<std::uint32_t>(bytes, 16);
  append<std::uint16_t>(bytes, kFormatPcm);
  append<std::uint16_t>(bytes, channels);
  append<std::uint32_t>(bytes, static_cast<std::uint32_t>(sample_rate));
  append<std::uint32_t>(bytes, static_cast<std::uint32_t>(sample_rate) * channels * 2);
  append<std::uint16_t>(bytes, static_cast<std::uint16_t>(channels * 2));
  append<std::uint16_t>(bytes, 16);
  bytes += "data";
  append<std::uint32_t>(bytes, size);
  bytes.append(static_cast<const char*>(planes.const_data_ptr()), size);
  std::ofstream out(path, std::ios::binary);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) bad_recording(path, "could not be written");
}

}  // namespace cogpp
