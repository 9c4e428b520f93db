// Non-blocking sockets; every "try again" becomes one poll() with the stop signal.
#include "runtime/server/client/connection.hpp"

#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

namespace cogpp::server::client {
namespace {

constexpr std::size_t kMaxTunnelReply = 16384;

std::string pool_member(const Route& route) {
  return std::string(route.tls ? "HTTPSConnection" : "HTTPConnection") + "(host='" + route.host +
         "', port=" + std::to_string(route.port) + "): ";
}

Error not_established(const Route& route, int code) {
  return Error{"NewConnectionError(\"" + pool_member(route) +
               "Failed to establish a new connection: [Errno " + std::to_string(code) + "] " +
               strerror(code) + "\")"};
}

Error connect_timed_out(const Route& route) {
  return Error{"ConnectTimeoutError(\"" + pool_member(route) + "Connection to " + route.host +
               " timed out. (connect timeout=" + std::to_string(route.connect_timeout.count()) +
               ")\")"};
}

/// `limit`, or less where `deadline` comes first.
std::chrono::milliseconds until(std::chrono::steady_clock::time_point deadline,
                                std::chrono::milliseconds limit) {
  if (deadline == kNoDeadline) return limit;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), limit);
}

/// Connects a new socket to `address`; returns it, or minus an errno (ETIMEDOUT for
/// our own limit, ECANCELED for a stop).
int connect_to(const Address& address, std::chrono::milliseconds timeout, const StopSignal& stop) {
  const int fd = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -errno;
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  int code = ::connect(fd, address.get(), address.size) == 0 ? 0 : errno;
  if (code == EINPROGRESS || code == EINTR) {
    const Wait wait = stop.wait(fd, POLLOUT, timeout);
    socklen_t size = sizeof code;
    if (wait == Wait::kReady) ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size);
    if (wait == Wait::kTimeout) code = ETIMEDOUT;
    if (wait == Wait::kStopped) code = ECANCELED;
  }
  if (code == 0) return fd;
  ::close(fd);
  return -code;
}

/// Tries the host's addresses in turn.
Result<int> connect_any(const Route& route, const StopSignal& stop) {
  const auto addresses = resolve(route.host, route.port, stop, until(route.deadline, kLookupLimit));
  if (!addresses) {
    return Error{"NameResolutionError(\"" + pool_member(route) + "Failed to resolve '" +
                 route.host + "' (" + addresses.error().message + ")\")"};
  }
  int code = EADDRNOTAVAIL;
  for (const Address& address : *addresses) {
    if (route.forbid_private && is_private(address)) {
      code = EACCES;
      continue;
    }
    const int fd = connect_to(address, until(route.deadline, route.connect_timeout), stop);
    if (fd >= 0) return fd;
    code = -fd;
    if (code == ECANCELED) break;
  }
  if (code == ETIMEDOUT) return connect_timed_out(route);
  if (code == EACCES && route.forbid_private) {
    return Error{std::string(kPrivateForbidden) + " and " + route.host + " has no other"};
  }
  return not_established(route, code);
}

std::string tls_error(const SSL* ssl) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) {
    return std::string("certificate verify failed: ") + X509_verify_cert_error_string(verified);
  }
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  return reason != nullptr ? reason : "the connection was closed during the handshake";
}

}  // namespace

Result<std::unique_ptr<Connection>> Connection::open(const Route& route, const StopSignal& stop) {
  auto fd = connect_any(route, stop);
  if (!fd) return fd.error();
  std::unique_ptr<Connection> connection(new Connection(*fd, route, stop));
  if (!route.tunnel.empty()) {
    if (const Status status = connection->open_tunnel(route); !status) return status.error();
  }
  if (route.tls) {
    if (const Status status = connection->start_tls(route); !status) return status.error();
  }
  connection->read_timeout_ = route.read_timeout;
  return connection;
}

Connection::~Connection() {
  ssl_.reset();
  ::close(fd_);
}

void Connection::reuse(const StopSignal& stop, std::chrono::steady_clock::time_point deadline) {
  stop_ = &stop;
  deadline_ = deadline;
  timed_out_ = false;
}

bool Connection::is_quiet() const {
  pollfd entry{fd_, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

bool Connection::await(short events) {
  const Wait wait = stop_->wait(fd_, events, until(deadline_, read_timeout_));
  timed_out_ = wait == Wait::kTimeout;
  return wait == Wait::kReady;
}

bool Connection::await_tls(int code) {
  switch (SSL_get_error(ssl_.get(), code)) {
    case SSL_ERROR_WANT_READ:
      return await(POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return await(POLLOUT);
    default:
      return false;
  }
}

Status Connection::open_tunnel(const Route& route) {
  const std::string request = "CONNECT " + route.tunnel + " HTTP/1.1\r\nHost: " + route.tunnel +
                              "\r\n" + route.tunnel_headers + "\r\n";
  std::size_t sent = 0;
  while (sent < request.size()) {
    const ssize_t n = write(request.data() + sent, request.size() - sent);
    if (n <= 0) return Error{"ProxyError('Unable to connect to proxy')"};
    sent += static_cast<std::size_t>(n);
  }
  // Byte by byte: what follows the reply's head belongs to the TLS handshake.
  std::string reply;
  while (!reply.ends_with("\r\n\r\n") && reply.size() < kMaxTunnelReply) {
    char c = 0;
    if (read(&c, 1) != 1) return Error{"ProxyError('Unable to connect to proxy')"};
    reply += c;
  }
  const std::string_view line = std::string_view(reply).substr(0, reply.find('\r'));
  if (!line.starts_with("HTTP/1.") || line.substr(line.find(' ') + 1, 1) != "2") {
    return Error{"ProxyError('Tunnel connection failed: " +
                 std::string(line.substr(line.find(' ') + 1)) + "')"};
  }
  return {};
}

Status Connection::start_tls(const Route& route) {
  trust_ = route.trust;
  SSL_CTX* context = trust_->context();
  if (context == nullptr) return Error{"SSLError('no memory')"};
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr) return Error{"SSLError('no memory')"};
  X509_VERIFY_PARAM* checks = SSL_get0_param(ssl_.get());
  if (X509_VERIFY_PARAM_set1_ip_asc(checks, route.tls_name.c_str()) != 1) {
    SSL_set1_host(ssl_.get(), route.tls_name.c_str());
    SSL_set_tlsext_host_name(ssl_.get(), route.tls_name.c_str());
  }
  SSL_set_fd(ssl_.get(), fd_);
  for (;;) {
    ERR_clear_error();
    const int code = SSL_connect(ssl_.get());
    if (code == 1) return {};
    if (await_tls(code)) continue;
    if (timed_out_) return connect_timed_out(route);
    return Error{"SSLError('" + tls_error(ssl_.get()) + "')"};
  }
}

ssize_t Connection::read(char* to, std::size_t size) {
  for (;;) {
    if (stop_->raised()) return -1;
    if (ssl_ != nullptr) {
      std::size_t n = 0;
      ERR_clear_error();
      const int code = SSL_read_ex(ssl_.get(), to, size, &n);
      if (code == 1) return static_cast<ssize_t>(n);
      if (SSL_get_error(ssl_.get(), code) == SSL_ERROR_ZERO_RETURN) return 0;
      if (!await_tls(code)) return -1;
      continue;
    }
    const ssize_t n = ::recv(fd_, to, size, 0);
    if (n >= 0) return n;
    if (errno != EAGAIN && errno != EINTR) return -1;
    if (!await(POLLIN)) return -1;
  }
}

ssize_t Connection::write(const char* from, std::size_t size) {
  for (;;) {
    if (stop_->raised()) return -1;
    if (ssl_ != nullptr) {
      std::size_t n = 0;
      ERR_clear_error();
      const int code = SSL_write_ex(ssl_.get(), from, size, &n);
      if (code == 1) return static_cast<ssize_t>(n);
      if (!await_tls(code)) return -1;
      continue;
    }
    const ssize_t n = ::send(fd_, from, size, MSG_NOSIGNAL);
    if (n >= 0) return n;
    if (errno != EAGAIN && errno != EINTR) return -1;
    if (!await(POLLOUT)) return -1;
  }
}

}  // namespace cogpp::server::client
