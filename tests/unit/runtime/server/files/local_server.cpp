// Blocking sockets, a thread a connection; the destructor shuts all of them down.
#include "tests/unit/runtime/server/files/local_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace cogpp::test {

Peer::~Peer() { ssl_.reset(); }

std::string Peer::read_head() {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char c = 0;
    const auto n = ssl_ ? SSL_read(ssl_.get(), &c, 1) : ::recv(fd_, &c, 1, 0);
    if (n != 1) return {};
    head += c;
  }
  return head;
}

std::string Peer::read_body(const std::string& head) {
  std::string lower = head;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::string_view kName = "content-length: ";
  const auto found = lower.find(kName);
  std::size_t left =
      found == std::string::npos ? 0 : std::stoul(lower.substr(found + kName.size()));
  std::string body;
  std::array<char, 65536> block{};
  while (left > 0) {
    const auto want = std::min(left, block.size());
    const auto n = ssl_ ? SSL_read(ssl_.get(), block.data(), static_cast<int>(want))
                        : ::recv(fd_, block.data(), want, 0);
    if (n <= 0) break;
    body.append(block.data(), static_cast<std::size_t>(n));
    left -= static_cast<std::size_t>(n);
  }
  return body;
}

void Peer::send(const std::string& bytes) {
  if (bytes.empty()) return;
  if (ssl_) {
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return;
  }
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto n = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n <= 0) return;
    sent += static_cast<std::size_t>(n);
  }
}

void Peer::reply(const std::string& status, const std::string& headers, const std::string& body) {
  send("HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
       "\r\n\r\n" + body);
}

void Peer::hang() {
  std::array<char, 256> ignored{};
  while (::recv(fd_, ignored.data(), ignored.size(), 0) > 0) {
  }
}

bool Peer::start_tls() {
  ssl_.reset(SSL_new(context_));
  SSL_set_fd(ssl_.get(), fd_);
  return SSL_accept(ssl_.get()) == 1;
}

LocalServer::LocalServer(Handler handler, bool tls) : handler_(std::move(handler)), tls_(tls) {
  make_certificate();
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("the test server cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_loop(); });
}

LocalServer::~LocalServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  threads_.clear();
  ::close(listener_);
  if (!certificate_.empty()) std::filesystem::remove(certificate_);
}

std::string LocalServer::url(const std::string& target) const {
  return (tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + target;
}

std::vector<std::string> LocalServer::requests() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void LocalServer::make_certificate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* x509 = X509_new();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -60);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_set_pubkey(x509, key);
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* text = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(x509, name);
  X509_EXTENSION* alternative =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(x509, alternative, -1);
  X509_EXTENSION_free(alternative);
  X509_sign(x509, key, EVP_sha256());
  context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX_use_certificate(context_.get(), x509);
  SSL_CTX_use_PrivateKey(context_.get(), key);
  certificate_ = std::filesystem::temp_directory_path() /
                 ("cogpp-test-" + std::to_string(::getpid()) + "-" +
                  std::to_string(reinterpret_cast<std::uintptr_t>(this)) + ".pem");
  std::FILE* file = std::fopen(certificate_.c_str(), "we");
  if (file == nullptr) throw std::runtime_error("the test certificate cannot be written");
  PEM_write_X509(file, x509);
  std::fclose(file);
  X509_free(x509);
  EVP_PKEY_free(key);
}

void LocalServer::accept_loop() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void LocalServer::serve(int fd) {
  {
    Peer peer(fd, context_.get());
    if (!tls_ || peer.start_tls()) {
      const std::string head = peer.read_head();
      if (!head.empty()) {
        {
          const std::lock_guard lock(mutex_);
          heads_.push_back(head);
        }
        handler_(peer, head);
      }
    }
  }
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

}  // namespace cogpp::test
