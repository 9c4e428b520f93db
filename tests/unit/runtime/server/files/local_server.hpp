// A local HTTP server for tests that decides every byte of its replies, so that it
// can also misbehave: hang, break off, lie about lengths, speak TLS or be a proxy.
#pragma once

#include <openssl/ssl.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace cogpp::test {

/// One accepted connection, in the hands of a handler on its own thread.
class Peer {
 public:
  Peer(int fd, SSL_CTX* context) : fd_(fd), context_(context) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  /// Reads a request's head, up to the empty line; empty when the peer left.
  std::string read_head();
  /// Reads the body that `head` announces by its Content-Length; less when the peer left.
  std::string read_body(const std::string& head);
  void send(const std::string& bytes);
  /// A whole reply with its length.
  void reply(const std::string& status, const std::string& headers, const std::string& body);
  /// Keeps the connection open, silent, until the client goes or the server ends.
  void hang();
  /// Whether the handshake succeeded.
  bool start_tls();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  int fd_;
  SSL_CTX* context_;
  std::unique_ptr<SSL, Free> ssl_;
};

/// Serves on a free port of 127.0.0.1 until it is destroyed.
class LocalServer {
 public:
  using Handler = std::function<void(Peer&, const std::string& head)>;

  /// `tls`: make a certificate for localhost and handshake before every request.
  explicit LocalServer(Handler handler, bool tls = false);
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;
  ~LocalServer();

  int port() const { return port_; }
  std::string url(const std::string& target) const;
  /// Heads of all requests so far.
  std::vector<std::string> requests() const;
  /// The certificate as a PEM file, for SSL_CERT_FILE.
  std::string certificate() const { return certificate_.string(); }

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  void make_certificate();
  void accept_loop();
  void serve(int fd);

  Handler handler_;
  bool tls_;
  int listener_ = -1;
  int port_ = 0;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::filesystem::path certificate_;
  mutable std::mutex mutex_;
  std::vector<int> open_;
  std::vector<std::string> heads_;
  std::vector<std::jthread> threads_;
  std::jthread acceptor_;
};

}  // namespace cogpp::test
