// WAV files to and from tensors, and a resampler.
//
// The resampler is a windowed sinc: each output sample is the input weighted with a
// sinc of the lower of both rates, under a Hann window of kZeros zero crossings.
#include <algorithm>
#include <cmath>
#include <cogpp/torch.hpp>
#include <fstream>
#include <iterator>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "runtime/torch/inference.hpp"
#include "runtime/torch/wav.hpp"

namespace cogpp {
namespace {

constexpr std::uint64_t kMaxFileBytes = std::uint64_t{1} << 30;
constexpr std::int64_t kZeros = 16;

[[noreturn]] void bad_recording(const std::filesystem::path& path, const std::string& why) {
  throw std::runtime_error("audio file '" + path.string() + "' " + why);
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
  auto wav = torch_models::parse_wav(bytes);
  if (!wav) bad_recording(path, wav.error().message);
  const std::int64_t channels = wav->channels;
  const auto frames = static_cast<std::int64_t>(wav->samples.size()) / channels;
  const at::Tensor interleaved = at::from_blob(wav->samples.data(), {frames, channels}, at::kFloat);
  return {interleaved.t().clone(at::MemoryFormat::Contiguous), wav->rate};
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
  append<std::uint16_t>(bytes, torch_models::kWavPcm);
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
