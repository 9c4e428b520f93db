// A WAV file, as models read their audio inputs.
#include "runtime/torch/wav.hpp"

#include "tests/fuzz/target.hpp"

FUZZ_TARGET(bytes) {
  const auto wav = cogpp::torch_models::parse_wav(bytes);
  if (!wav) return must(!wav.error().message.empty());
  must(wav->channels > 0 && wav->rate > 0);
  must(wav->samples.size() <= bytes.size());
}
