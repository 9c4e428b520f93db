// What a fuzz target is: one function of any bytes, for libFuzzer to call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace cogpp::fuzz {

void run(std::string_view bytes);

/// What holds whatever the bytes are; a finding otherwise.
inline void must(bool holds) {
  if (!holds) std::abort();
}

}  // namespace cogpp::fuzz

using cogpp::fuzz::must;

/// FUZZ_TARGET(bytes) { … }: the whole of a target's main file.
#define FUZZ_TARGET(bytes)                                                            \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    cogpp::fuzz::run(std::string_view(reinterpret_cast<const char*>(data), size));    \
    return 0;                                                                         \
  }                                                                                   \
  void cogpp::fuzz::run(std::string_view bytes)
