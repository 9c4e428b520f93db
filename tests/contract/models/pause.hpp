// Waiting inside of a prediction, with or without stopping points.
#pragma once

#include <chrono>
#include <thread>

#include "cogpp/prediction.hpp"

namespace contract {

inline void sleep_s(double seconds) {
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

/// Sleeps with a stopping point every 10 ms; false when the prediction was cancelled. It
/// then takes another 60 ms to unwind, so that requests which follow a cancel at once still
/// meet the prediction, as they did when recorded.
inline bool sleep_unless_cancelled(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto prediction = cogpp::current();
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                      std::chrono::duration<double>(seconds));
  while (Clock::now() < end) {
    if (prediction.cancelled()) {
      sleep_s(0.06);
      return false;
    }
    sleep_s(0.01);
  }
  return true;
}

}  // namespace contract
