// Sleeping, for predictors that must be able to be cancelled meanwhile.
#pragma once

#include <chrono>
#include <thread>

#include "cogpp/predictor.hpp"

namespace faults {

inline std::chrono::duration<double> seconds_of(double seconds) {
  return std::chrono::duration<double>(seconds);
}

/// Sleeps in small steps, on a slot's thread; leaves with cogpp::Cancelled when asked to.
inline void sleep_politely(double seconds) {
  const auto end = std::chrono::steady_clock::now() + seconds_of(seconds);
  while (std::chrono::steady_clock::now() < end) {
    cogpp::current().throw_if_cancelled();
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace faults
