// One attempt to deliver one webhook, and what its answer means (cog-runtime §8).
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/server/client/exchange.hpp"
#include "runtime/server/client/url.hpp"

namespace cogpp::server {

/// W3C trace context of a client's request, passed on unread; empty: none.
struct TraceContext {
  std::string parent;  ///< traceparent
  std::string state;   ///< tracestate
};

/// The same for all webhooks of a server.
struct WebhookSender {
  std::string token = {};  ///< Of WEBHOOK_AUTH_TOKEN; empty: none.
  std::chrono::seconds limit{30};
  bool forbid_private_addresses = false;  ///< As client::Limits.
  std::shared_ptr<client::Trust> trust = {};
};

struct Delivery {
  enum class End {
    kDelivered,
    kFailed,   ///< Might succeed later: no answer, or 429, 500, 502, 503, 504.
    kRefused,  ///< Any other status but 2xx, or a receiver that must not be asked.
    kStopped,
  };
  End end = End::kFailed;
  std::string why;  ///< Of any but kDelivered.
};

/// POSTs `body` to `url`. Blocks for at most the sender's limit; any thread.
Delivery deliver(const client::Url& url, const TraceContext& trace, std::string_view body,
                 const WebhookSender& sender, const client::StopSignal& stop,
                 client::KeptConnection& kept);

/// How long to wait before retry number `n`, from 1 on: 0.2, 0.4, … 102.4 s for a `unit`
/// of 100 ms.
std::chrono::milliseconds retry_delay(int n, std::chrono::milliseconds unit);

inline constexpr int kMaxRetries = 12;

}  // namespace cogpp::server
