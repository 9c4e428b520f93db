// Bodies against the limits that all connections share, over real sockets.
#include "runtime/server/http/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "runtime/server/http/server.hpp"

namespace server = cogpp::server;
using namespace std::chrono_literals;

namespace {

/// Answers a body with its size, or with what is wrong with it.
void tell_size(server::Connection& connection) {
  std::string body;
  const auto failed = connection.read_body(body);
  if (!failed) return connection.reply(server::Reply::text(200, std::to_string(body.size())));
  connection.reply(server::Reply::empty(failed == server::BodyError::kNoMemory ? 503 : 400));
}

struct Listener {
  explicit Listener(const server::HttpLimits& limits)
      : http(std::move(*server::HttpServer::listen(
            {.host = "127.0.0.1", .port = 0, .limits = limits}, pool))) {
    http->serve(tell_size);
  }
  server::ElasticPool pool{server::ElasticPool::Limits{}};
  std::unique_ptr<server::HttpServer> http;
};

/// A client that sends what it likes.
class RawClient {
 public:
  explicit RawClient(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  bool send(const std::string& text) const {
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(text.size());
  }
  void announce(std::size_t size) const {
    REQUIRE(
        send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: " + std::to_string(size) + "\r\n\r\n"));
  }
  /// The first line of the answer; empty when the server ends the connection.
  std::string status() const {
    std::string text(4096, '\0');
    const auto count = ::recv(socket_.get(), text.data(), text.size(), 0);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text.substr(0, text.find('\r'));
  }
  bool ended() const {
    char byte = 0;
    return ::recv(socket_.get(), &byte, 1, MSG_DONTWAIT | MSG_PEEK) >= 0;
  }

 private:
  server::UniqueFd socket_;
};

std::string post(int port, std::size_t size) {
  const RawClient client(port);
  client.announce(size);
  client.send(std::string(size, 'x'));
  return client.status();
}

}  // namespace

TEST_CASE("bodies that are only announced take nobody's room") {
  const Listener listener({.max_body = 1 << 20, .all_bodies = 512 << 10});
  const int port = listener.http->port();
  const RawClient first(port);
  const RawClient second(port);
  for (const RawClient* client : {&first, &second}) {
    client->announce(1 << 20);
    client->send("x");
  }
  CHECK(post(port, 300 << 10) == "HTTP/1.1 200 OK");
}

TEST_CASE("what has come of a body counts for all, and small ones are always taken") {
  const Listener listener({.max_body = 1 << 20, .all_bodies = 512 << 10});
  const int port = listener.http->port();
  std::optional<RawClient> holder;
  std::string status;
  for (int i = 0; i < 500 && status != "HTTP/1.1 503 Service Unavailable"; ++i) {
    // Who comes last is refused: a holder that a post overtook begins anew.
    if (!holder || holder->ended()) {
      holder.emplace(port);
      holder->announce(1 << 20);
      holder->send(std::string(500 << 10, 'x'));
    }
    status = post(port, 300 << 10);
    std::this_thread::sleep_for(10ms);
  }
  CHECK(status == "HTTP/1.1 503 Service Unavailable");
  CHECK(post(port, 30) == "HTTP/1.1 200 OK");
}

TEST_CASE("a body that comes byte by byte is given up") {
  const Listener listener({.body = 1s});
  const RawClient client(listener.http->port());
  client.announce(1 << 20);
  bool ended = false;
  for (int i = 0; i < 1000 && !ended; ++i) {
    client.send("x");
    std::this_thread::sleep_for(20ms);
    ended = client.ended();
  }
  CHECK(ended);
}
