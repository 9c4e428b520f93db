// What one measured window of load saw, and its JSON form. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "bench/load/response.hpp"

namespace cogpp::bench {

using Clock = std::chrono::steady_clock;

/// Counters of the window. Latencies are those of the answers that were wanted: a
/// refusal is fast and would flatter a server that refuses.
class Statistics {
 public:
  /// `expect` must occur in the last ResponseReader::kTailBytes of a wanted answer.
  explicit Statistics(std::string expect) : expect_(std::move(expect)) {}

  void add(const ResponseReader& response, Clock::duration latency);
  void add_error() { ++errors_; }
  void add_reconnect() { ++reconnects_; }

  /// One JSON object; README.md names its members. Sorts the latencies.
  std::string to_json(double seconds);

 private:
  double percentile_us(double share) const;

  std::string expect_;
  std::vector<std::uint32_t> latencies_;  ///< Microseconds times kTicks.
  std::map<int, std::uint64_t> statuses_;
  std::uint64_t unexpected_ = 0;
  std::uint64_t errors_ = 0;
  std::uint64_t reconnects_ = 0;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t output_events_ = 0;
  std::uint64_t error_events_ = 0;
};

}  // namespace cogpp::bench
