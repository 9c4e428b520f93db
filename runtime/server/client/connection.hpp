// A TCP connection, with TLS where asked, whose every wait ends at a stop request.
// httplib's own sockets cannot be interrupted while they connect, and hide the
// system's error; this is what exchange.hpp puts below httplib instead.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "runtime/server/client/resolve.hpp"
#include "runtime/server/client/stop_signal.hpp"
#include "runtime/server/client/trust.hpp"
#include "schema/result.hpp"

namespace cogpp::server::client {

inline constexpr auto kNoDeadline = std::chrono::steady_clock::time_point::max();

/// How open()'s error begins where `forbid_private` left no address.
inline constexpr const char* kPrivateForbidden = "private addresses are forbidden";

/// Whom to connect to, and how.
struct Route {
  std::string host;  ///< The server's, or the proxy's.
  int port = 0;
  bool tls = false;
  std::shared_ptr<Trust> trust;  ///< Needed with `tls`.
  std::string tls_name;          ///< Whom the certificate must name.
  std::string tunnel;            ///< Not empty: ask the proxy for CONNECT to this host:port first.
  std::string tunnel_headers;    ///< Whole lines, as Proxy-Authorization.
  bool forbid_private = false;
  std::chrono::seconds connect_timeout{10};
  std::chrono::seconds read_timeout{10};
  std::chrono::steady_clock::time_point deadline = kNoDeadline;  ///< Of all of it.
};

/// Used by one thread. SIGPIPE must be ignored by the program (OpenSSL writes
/// without MSG_NOSIGNAL).
class Connection {
 public:
  /// The error is what urllib3 says a connection failed of, for its "(Caused by …)".
  static Result<std::unique_ptr<Connection>> open(const Route& route, const StopSignal& stop);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Uses a kept connection for another request.
  void reuse(const StopSignal& stop, std::chrono::steady_clock::time_point deadline);
  /// Whether the other side has neither closed it nor sent what nobody asked for.
  bool is_quiet() const;

  /// As read(2) and write(2), but waits; -1 also for a timeout or a stop.
  ssize_t read(char* to, std::size_t size);
  ssize_t write(const char* from, std::size_t size);
  /// Whether the last failure was the read timeout or the deadline.
  bool timed_out() const { return timed_out_; }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Connection(int fd, const Route& route, const StopSignal& stop)
      : fd_(fd), read_timeout_(route.connect_timeout), deadline_(route.deadline), stop_(&stop) {}

  Status open_tunnel(const Route& route);
  Status start_tls(const Route& route);
  bool await(short events);
  /// After an SSL call returned `code`: whether to call it again.
  bool await_tls(int code);

  int fd_;
  std::chrono::seconds read_timeout_;
  std::chrono::steady_clock::time_point deadline_;
  const StopSignal* stop_;
  bool timed_out_ = false;
  std::shared_ptr<Trust> trust_;  ///< Outlives ssl_.
  std::unique_ptr<SSL, SslDeleter> ssl_;
};

}  // namespace cogpp::server::client
