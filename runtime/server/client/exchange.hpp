// One HTTP/1.1 request and its reply, header lines on the wire exactly as given.
//
// httplib reads replies; connecting, TLS, waiting and the request's own bytes are ours:
// its client keeps no order of headers and cannot be interrupted. Redirects are not
// followed here. The only place of the server's client side that knows httplib.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/server/client/connection.hpp"
#include "runtime/server/client/stop_signal.hpp"
#include "runtime/server/client/url.hpp"
#include "schema/result.hpp"

namespace cogpp::server::client {

struct Header {
  std::string name;
  std::string value;
};

/// How long and whom to talk to.
struct Limits {
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds read_timeout{10};  ///< Between two pieces of data, in either direction.
  std::chrono::steady_clock::time_point deadline = kNoDeadline;
  bool forbid_private_addresses = false;  ///< A proxy of the environment is trusted to decide.
  std::shared_ptr<Trust> trust;
};

/// What is sent. `headers` are all of it, Host and Content-Length included; values must
/// hold no line ends.
struct Request {
  std::string method = "GET";
  std::vector<Header> headers;
  std::string_view content;  ///< The body, where it is in memory.
  /// Else the body's next block, empty at its end. The view is used until the next call.
  std::function<Result<std::string_view>()> body;
};

struct ReplyHead {
  int status = 0;  ///< 0: no reply came.
  std::string reason;
  std::optional<std::string> location;
  std::string content_encoding;
  std::uint64_t content_length = 0;
};

/// Who takes the reply. Either function may return false to end the exchange.
struct ReplySink {
  std::function<bool(const ReplyHead&)> head;
  std::function<bool(std::string_view)> body;  ///< None: the body is read and dropped.
};

/// How an exchange ended.
struct Exchanged {
  enum class End {
    kComplete,
    kNotSent,       ///< `error`: the environment's proxy, or the request's own body.
    kNotConnected,  ///< `error` is urllib3's text, for its "(Caused by …)".
    kBroken,
    kTimedOut,
    kRefused,  ///< By the sink.
    kStopped,
  };
  End end = End::kBroken;
  Error error;
  ReplyHead reply;
};

/// Whether `error`, of kNotConnected, comes of forbid_private_addresses: trying again helps
/// little.
bool is_forbidden(const Error& error);

/// A connection to be used again, with the route that it has. Owned by the caller, one
/// exchange at a time; empty at first.
struct KeptConnection {
  std::unique_ptr<Connection> connection;
  std::string route;
};

/// Sends `request` to `url` and hands the reply to `sink`. With `kept`, a connection
/// left there is used if it still stands (for a request whose body is in memory), and
/// one that can be used again is left there. Blocks; any thread.
Exchanged exchange(const Url& url, const Request& request, const ReplySink& sink,
                   const Limits& limits, const StopSignal& stop, KeptConnection* kept = nullptr);

/// "Basic …" of a URL's user info; no password is an empty one.
std::string basic_credentials(const std::string& user_info);

}  // namespace cogpp::server::client
