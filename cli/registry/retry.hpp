// When and how often a failed request is tried again. One object a series of tries;
// one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string_view>

#include "cli/registry/transport.hpp"

namespace cogpp::cli {

/// True for what may go better later: broken connections, 408, 429, 499 and 5xx but 501.
bool is_passing(const HttpOutcome& outcome);

/// The time a Retry-After header asks for, in seconds or as a date; nothing when it
/// is absent or cannot be read. `now` is seconds since 1970.
std::optional<std::chrono::milliseconds> retry_after(std::string_view header, std::int64_t now);

class Backoff {
 public:
  static constexpr int kMostTries = 8;
  static constexpr std::chrono::milliseconds kFirst{250};
  static constexpr std::chrono::milliseconds kLongest{20'000};
  /// A server that asks for more is not waited for.
  static constexpr std::chrono::milliseconds kLongestAsked{120'000};

  explicit Backoff(std::uint32_t seed = std::random_device()()) : random_(seed) {}

  /// How long to wait before the next try, twice as long each time and half of it by
  /// chance, at least as long as the server asks; nothing when it is time to give up.
  std::optional<std::chrono::milliseconds> next(
      std::optional<std::chrono::milliseconds> asked = std::nullopt);
  /// Something succeeded: the next failure is a first one again.
  void reset() { tries_ = 0; }

 private:
  std::minstd_rand random_;
  int tries_ = 0;
};

}  // namespace cogpp::cli
