// A TCP connection, with TLS where asked, whose every wait ends at a stop request.
// httplib's own sockets cannot be interrupted while they connect, and hide the
// system's error; this is what the download client puts below httplib instead.
#pragma once

#include <openssl/ssl.h>
#include <sys/types.h>

#include <chrono>
#include <memory>
#include <string>

#include "runtime/server/files/resolve.hpp"
#include "runtime/server/files/stop_signal.hpp"
#include "runtime/server/files/trust.hpp"
#include "schema/result.hpp"

namespace cogpp::server::files {

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

  /// As read(2) and write(2), but waits; -1 also for a timeout or a stop.
  ssize_t read(char* to, std::size_t size);
  ssize_t write(const char* from, std::size_t size);
  /// Whether the last failure was the read timeout.
  bool timed_out() const { return timed_out_; }

 private:
  struct SslDeleter {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  Connection(int fd, std::chrono::seconds read_timeout, const StopSignal& stop)
      : fd_(fd), read_timeout_(read_timeout), stop_(stop) {}

  Status open_tunnel(const Route& route);
  Status start_tls(const Route& route);
  bool await(short events);
  /// After an SSL call returned `code`: whether to call it again.
  bool await_tls(int code);

  int fd_;
  std::chrono::seconds read_timeout_;
  const StopSignal& stop_;
  bool timed_out_ = false;
  std::shared_ptr<Trust> trust_;  ///< Outlives ssl_.
  std::unique_ptr<SSL, SslDeleter> ssl_;
};

}  // namespace cogpp::server::files
