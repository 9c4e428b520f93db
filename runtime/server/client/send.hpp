// Sends a message somewhere, redirects followed as Cog's HTTP client follows them:
// what webhooks and uploads share.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/server/client/exchange.hpp"
#include "runtime/server/client/url.hpp"

namespace cogpp::server::client {

inline constexpr int kMaxRedirects = 10;

struct Message {
  std::string method;
  /// In the order of the wire, without Referer, Host and Content-Length: those follow.
  std::vector<Header> headers;
  std::string_view content;  ///< The body, where it is in memory; else open_body.
  /// Begins the body, once a request: of `size` bytes, in blocks as in Request::body.
  std::function<Result<std::function<Result<std::string_view>()>>()> open_body;
  std::uint64_t size = 0;
  /// Whether a 301, 302 or 303 is followed with a GET without a body; else it is the
  /// answer.
  bool becomes_get = false;
};

/// The last answer and where it came from. kBroken also for too many redirects.
struct Sent {
  Exchanged result;
  Url url;
};

/// Sends `message` to `url`; the reply's body is dropped. Blocks; any thread.
Sent send(const Url& url, const Message& message, const Limits& limits, const StopSignal& stop,
          KeptConnection* kept = nullptr);

}  // namespace cogpp::server::client
