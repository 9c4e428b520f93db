// WAV files without tensors, so that the reader can be fuzzed alone.
#pragma once

#include <string_view>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// The format code of integer samples.
inline constexpr int kWavPcm = 1;

struct Wav {
  int channels = 1;            ///< At least 1.
  int rate = 1;                ///< Samples a second of each channel, at least 1.
  std::vector<float> samples;  ///< Interleaved, -1…1; the last frame may be cut short.
};

/// A whole WAV file: PCM of 8 to 32 bits, or floats. The error continues a sentence that
/// begins with the file's name. Pure.
Result<Wav> parse_wav(std::string_view bytes);

}  // namespace cogpp::torch_models
