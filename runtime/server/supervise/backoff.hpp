// Pauses between attempts that fail one after the other, and between workers that end
// before they were used.
#pragma once

#include <algorithm>
#include <chrono>

namespace cogpp::server {

/// 0.1 s, doubled with each failure up to 10 s. One thread.
class Backoff {
 public:
  /// The pause after one more failure.
  std::chrono::milliseconds next() {
    const auto pause = pause_;
    pause_ = std::min(pause_ * 2, kLongest);
    return pause;
  }
  void reset() { pause_ = kShortest; }

  /// A worker that was READY for as long is no failure, even when nobody asked it.
  static constexpr std::chrono::milliseconds kLongest{10000};

 private:
  static constexpr std::chrono::milliseconds kShortest{100};
  std::chrono::milliseconds pause_ = kShortest;
};

}  // namespace cogpp::server
