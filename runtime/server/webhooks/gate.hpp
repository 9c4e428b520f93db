// Which changes of one prediction its webhook is told of (cog-runtime §8.2).
#pragma once

#include <chrono>

#include "runtime/server/http/request.hpp"
#include "runtime/server/predictions/event_log.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// A plain value; not thread-safe.
class WebhookGate {
 public:
  /// `events`: what the client asked for. `interval`: how long logs wait after the last
  /// event that was let through; `now`: when the prediction was made.
  WebhookGate(WebhookEvents events, std::chrono::nanoseconds interval, SteadyTime now)
      : events_(events), interval_(interval), last_(now - kHeadStart) {}

  /// Whether `kind`, which happened at `now`, is to be sent; counts as sent then.
  bool admits(EventKind kind, SteadyTime now);

 private:
  /// As in Cog: the first event is held back by longer intervals only.
  static constexpr std::chrono::seconds kHeadStart{10};

  WebhookEvents events_;
  std::chrono::nanoseconds interval_;
  SteadyTime last_;
};

}  // namespace cogpp::server
