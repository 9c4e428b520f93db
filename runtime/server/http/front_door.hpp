// What stands before Cog's API, each part only where it was asked for: probes, the
// bearer token, metrics.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/server/http/connection.hpp"
#include "runtime/server/telemetry/metrics.hpp"

namespace cogpp::server {

/// A secret that clients send as `Authorization: Bearer …`. Immutable; any thread.
class BearerToken {
 public:
  explicit BearerToken(std::string_view token);
  /// Takes the same time whatever `authorization`, the header's value, holds.
  bool matches(std::string_view authorization) const;

 private:
  std::string digest_;  ///< SHA-256: equal lengths to compare.
};

class FrontDoor {
 public:
  struct Options {
    bool probes = false;                    ///< GET /livez and /readyz
    std::optional<BearerToken> token = {};  ///< Asked of every request but probes.
    ServerMetrics* metrics = nullptr;       ///< GET /metrics
    std::function<ServerGauges()> gauges = {};
  };

  FrontDoor(Options options, std::function<void(Connection&)> api);

  /// Answers one request. Pool threads.
  void handle(Connection& connection);
  /// Counts what the connection carried since the last time, and its last answer.
  void count(Connection& connection);
  /// From now on /readyz says 503.
  void drain() { draining_ = true; }

 private:
  /// Whether it was one of its own.
  bool answer(Connection& connection);
  void readyz(Connection& connection);

  const Options options_;
  const std::function<void(Connection&)> api_;
  std::atomic<bool> draining_{false};
};

}  // namespace cogpp::server
