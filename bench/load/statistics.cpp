// Counters and percentiles of one window; see the header.
#include "bench/load/statistics.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

namespace cogpp::bench {
namespace {

// 32 bits of tenths of a microsecond reach 429 s, far beyond any window.
constexpr double kTicks = 10.0;

}  // namespace

void Statistics::add(const ResponseReader& response, Clock::duration latency) {
  ++statuses_[response.status()];
  body_bytes_ += response.body_bytes();
  output_events_ += response.events().outputs();
  error_events_ += response.events().errors();
  if (response.status() / 100 != 2) {
    return;
  }
  if (response.tail().find(expect_) == std::string_view::npos) {
    ++unexpected_;
    return;
  }
  const double ticks = std::chrono::duration<double, std::micro>(latency).count() * kTicks;
  latencies_.push_back(static_cast<std::uint32_t>(
      std::min(ticks, double{std::numeric_limits<std::uint32_t>::max()})));
}

double Statistics::percentile_us(double share) const {
  const auto last = static_cast<double>(latencies_.size() - 1);
  return latencies_[static_cast<std::size_t>(share * last)] / kTicks;
}

std::string Statistics::to_json(double seconds) {
  std::sort(latencies_.begin(), latencies_.end());
  nlohmann::json statuses = nlohmann::json::object();
  std::uint64_t answers = 0;
  for (const auto& [status, count] : statuses_) {
    statuses[std::to_string(status)] = count;
    answers += count;
  }
  nlohmann::json latency = nullptr;
  if (!latencies_.empty()) {
    const double sum = std::accumulate(latencies_.begin(), latencies_.end(), 0.0);
    latency = {{"mean", sum / static_cast<double>(latencies_.size()) / kTicks},
               {"p50", percentile_us(0.5)},
               {"p90", percentile_us(0.9)},
               {"p99", percentile_us(0.99)},
               {"p999", percentile_us(0.999)},
               {"max", percentile_us(1.0)}};
  }
  const nlohmann::json report = {
      {"seconds", seconds},
      {"answers", answers},
      {"ok", latencies_.size()},
      {"ok_per_second", static_cast<double>(latencies_.size()) / seconds},
      {"statuses", statuses},
      {"unexpected", unexpected_},
      {"errors", errors_},
      {"reconnects", reconnects_},
      {"latency_us", latency},
      {"body_bytes", body_bytes_},
      {"output_events", output_events_},
      {"error_events", error_events_}};
  return report.dump();
}

}  // namespace cogpp::bench
