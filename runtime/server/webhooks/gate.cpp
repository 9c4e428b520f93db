// The client's filter first, then the clock.
#include "runtime/server/webhooks/gate.hpp"

#include <optional>

namespace cogpp::server {
namespace {

std::optional<WebhookEvent> event_of(EventKind kind) {
  switch (kind) {
    case EventKind::kStart:
      return WebhookEvent::kStart;
    case EventKind::kOutput:
      return WebhookEvent::kOutput;
    case EventKind::kLog:
      return WebhookEvent::kLogs;
    case EventKind::kCompleted:
      return WebhookEvent::kCompleted;
    default:
      return std::nullopt;  // There is no event for metrics.
  }
}

}  // namespace

bool WebhookGate::admits(EventKind kind, SteadyTime now) {
  const auto event = event_of(kind);
  if (!event || !events_.contains(*event)) return false;
  if (kind == EventKind::kCompleted) return true;
  if (kind != EventKind::kOutput && now - last_ < interval_) return false;
  last_ = now;
  return true;
}

}  // namespace cogpp::server
