// Finds the stretches of speech in a recording with silero-vad, a TorchScript model
// that hears 32 ms at a time and remembers what it heard before.
#include <algorithm>
#include <cogpp/predictor.hpp>
#include <cogpp/torch.hpp>
#include <cstdint>
#include <optional>
#include <vector>

struct Segment {
  double start = 0;  // seconds
  double end = 0;
};
COGPP_STRUCT(Segment, start, end);

namespace {

constexpr int kRate = 16000;
constexpr std::int64_t kWindow = 512;  // samples a call
constexpr std::int64_t kNone = -1;

struct Limits {
  double enter, leave;                       // probabilities
  std::int64_t least_speech, least_silence;  // samples
};

struct Stretch {
  std::int64_t start, end;  // samples
};

/// Speech begins where the probability reaches `enter` and ends where it fell below
/// `leave`, if that stays so for `least_silence`; shorter stretches are dropped.
std::vector<Stretch> find_speech(const std::vector<double>& probabilities, const Limits& limits,
                                 std::int64_t length) {
  std::vector<Stretch> found;
  std::int64_t start = kNone, quiet_since = kNone;
  const auto close_at = [&](std::int64_t end) {
    if (end - start > limits.least_speech) found.push_back({start, end});
    start = quiet_since = kNone;
  };
  for (std::size_t i = 0; i < probabilities.size(); ++i) {
    const std::int64_t now = static_cast<std::int64_t>(i) * kWindow;
    if (probabilities[i] >= limits.enter) {
      quiet_since = kNone;
      if (start == kNone) start = now;
    } else if (start != kNone && probabilities[i] < limits.leave) {
      if (quiet_since == kNone) quiet_since = now;
      if (now - quiet_since >= limits.least_silence) close_at(quiet_since);
    }
  }
  if (start != kNone) close_at(length);
  return found;
}

/// Widens each stretch by `pad`; two that would overlap meet in the middle.
void widen(std::vector<Stretch>& found, std::int64_t pad, std::int64_t length) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    const bool first = i == 0, last = i + 1 == found.size();
    if (first) found[i].start = std::max<std::int64_t>(0, found[i].start - pad);
    if (last) {
      found[i].end = std::min(length, found[i].end + pad);
      continue;
    }
    const std::int64_t gap = found[i + 1].start - found[i].end;
    const std::int64_t step = gap < 2 * pad ? gap / 2 : pad;
    found[i].end += step;
    found[i + 1].start -= step;
  }
}

}  // namespace

class Predictor {
 public:
  void setup(const cogpp::Setup& setup) {
    // One thread: a window of 512 samples is too little work to share.
    model_.emplace(
        cogpp::load_model(setup.project() / "silero_vad.jit",
                          {.device = setup.device(), .slots = setup.slots(), .threads = 1}));
  }

  std::vector<Segment> predict(const cogpp::Path& audio, double threshold, int min_speech_ms,
                               int min_silence_ms, int speech_pad_ms) {
    const at::Tensor samples = cogpp::mono(cogpp::read_audio(audio), kRate);
    const auto in_samples = [](int ms) { return std::int64_t{kRate} * ms / 1000; };
    auto stretches = find_speech(probabilities_of(samples),
                                 {.enter = threshold,
                                  .leave = std::max(threshold - 0.15, 0.01),
                                  .least_speech = in_samples(min_speech_ms),
                                  .least_silence = in_samples(min_silence_ms)},
                                 samples.size(0));
    widen(stretches, in_samples(speech_pad_ms), samples.size(0));
    std::vector<Segment> segments;
    for (const auto& [start, end] : stretches) {
      segments.push_back({static_cast<double>(start) / kRate, static_cast<double>(end) / kRate});
    }
    cogpp::current().record_metric("seconds_of_audio",
                                   static_cast<double>(samples.size(0)) / kRate);
    return segments;
  }

 private:
  std::vector<double> probabilities_of(const at::Tensor& samples) {
    auto model = model_->lease();  // one copy for the whole recording: it has a memory
    model.call("reset_states");
    std::vector<double> probabilities;
    for (std::int64_t at = 0; at < samples.size(0); at += kWindow) {
      cogpp::current().throw_if_cancelled();
      const std::int64_t length = std::min(kWindow, samples.size(0) - at);
      at::Tensor window = at::zeros({kWindow});
      window.narrow(0, 0, length).copy_(samples.narrow(0, at, length));
      probabilities.push_back(model.run({window, kRate})[0].item<double>());
    }
    return probabilities;
  }

  std::optional<cogpp::Model> model_;
};

COGPP_PREDICTOR(Predictor,
                cogpp::input("audio").accept("audio/wav").describe("WAV file of any sample rate"),
                cogpp::input("threshold")
                    .default_to(0.5)
                    .ge(0.01)
                    .le(0.99)
                    .describe("Probability that counts as speech"),
                cogpp::input("min_speech_ms")
                    .default_to(250)
                    .ge(0)
                    .le(60000)
                    .describe("Shorter speech is left out"),
                cogpp::input("min_silence_ms")
                    .default_to(100)
                    .ge(0)
                    .le(60000)
                    .describe("Shorter pauses are bridged"),
                cogpp::input("speech_pad_ms")
                    .default_to(30)
                    .ge(0)
                    .le(10000)
                    .describe("Added at both ends of speech"));
