// Headers in the order in which Cog's client sends them (live B15).
#include "runtime/server/webhooks/delivery.hpp"

#include <algorithm>

#include "runtime/server/client/send.hpp"
#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

using client::Exchanged;

client::Message message_of(const TraceContext& trace, std::string_view body,
                           const WebhookSender& sender) {
  client::Message message{.method = "POST",
                          .headers = {{"content-type", "application/json"}},
                          .content = body,
                          .open_body = {},
                          .size = 0,
                          .becomes_get = true};
  auto& headers = message.headers;
  if (!trace.parent.empty()) headers.push_back({"traceparent", trace.parent});
  if (!trace.state.empty()) headers.push_back({"tracestate", trace.state});
  headers.push_back({"accept", "*/*"});
  if (!sender.token.empty()) headers.push_back({"authorization", "Bearer " + sender.token});
  headers.push_back({"user-agent", std::string("coglet/") + schema::kCogVersion});
  return message;
}

Delivery judge(int status) {
  if (status >= 200 && status < 300) return {Delivery::End::kDelivered, {}};
  const std::string why = "the receiver answered with status " + std::to_string(status);
  const bool passing =
      status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
  return {passing ? Delivery::End::kFailed : Delivery::End::kRefused, why};
}

}  // namespace

Delivery deliver(const client::Url& url, const TraceContext& trace, std::string_view body,
                 const WebhookSender& sender, const client::StopSignal& stop,
                 client::KeptConnection& kept) {
  const client::Limits limits{.connect_timeout = sender.limit,
                              .read_timeout = sender.limit,
                              .deadline = std::chrono::steady_clock::now() + sender.limit,
                              .forbid_private_addresses = sender.forbid_private_addresses,
                              .trust = sender.trust};
  const auto sent = client::send(url, message_of(trace, body, sender), limits, stop, &kept);
  switch (sent.result.end) {
    case Exchanged::End::kComplete:
      return judge(sent.result.reply.status);
    case Exchanged::End::kStopped:
      return {Delivery::End::kStopped, "it was stopped"};
    case Exchanged::End::kTimedOut:
      return {Delivery::End::kFailed,
              "the receiver did not answer within " + std::to_string(sender.limit.count()) + " s"};
    default:
      break;
  }
  const std::string& error = sent.result.error.message;
  if (client::is_forbidden(sent.result.error)) return {Delivery::End::kRefused, error};
  return {Delivery::End::kFailed, error.empty() ? "the connection was closed" : error};
}

std::chrono::milliseconds retry_delay(int n, std::chrono::milliseconds unit) {
  return unit * (1 << std::min(n, 10));
}

}  // namespace cogpp::server
