// fetch_inputs when servers refuse, lie, stall or never answer, and when the
// prediction is cancelled meanwhile. No file may stay.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <vector>

#include "tests/unit/runtime/server/files/fetch_fixture.hpp"
#include "tests/unit/runtime/server/files/local_server.hpp"

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using cogpp::Json;
using cogpp::test::Fetch;
using cogpp::test::LocalServer;
using cogpp::test::Peer;

// Cancelling takes well under 20 ms; the limit leaves room for a loaded machine.
constexpr double kStopLimitMs = 1000;

/// The best of three attempts: what a busy machine adds is not what is tested.
double milliseconds_to_stop(Fetch& fetch, const std::string& url) {
  double best = -1;
  for (int i = 0; i < 3 && (best < 0 || best >= kStopLimitMs); ++i) {
    const double took = fetch.milliseconds_to_stop(url, 50ms);
    if (took < 0) return took;
    best = best < 0 ? took : std::min(best, took);
  }
  return best;
}

TEST_CASE("statuses that mean failure have Cog's text") {
  LocalServer server([](Peer& peer, const std::string& head) {
    peer.reply(head.starts_with("GET /err ") ? "500 Internal Server Error" : "404 Not Found", "",
               "body");
  });
  Fetch fetch;
  CHECK(fetch.error(server.url("/missing.png")) ==
        "404 Client Error: Not Found for url: " + server.url("/missing.png"));
  CHECK(fetch.error(server.url("/err")) ==
        "500 Server Error: Internal Server Error for url: " + server.url("/err"));
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("a list with one failure leaves no file") {
  LocalServer server([](Peer& peer, const std::string& head) {
    const bool found = head.starts_with("GET /pic");
    peer.reply(found ? "200 OK" : "404 Not Found", "", "PNGDATA");
  });
  Fetch fetch;
  Json input = {{"ps", {server.url("/pic.png"), server.url("/missing")}}, {"p", "data:,x"}};
  const Json before = input;
  const auto status = fetch.run(input);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "404 Client Error: Not Found for url: " + server.url("/missing"));
  CHECK(input == before);
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("one failure ends the other downloads of a list") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /hang")) {
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
      peer.hang();
    } else {
      std::this_thread::sleep_for(50ms);
      peer.reply("404 Not Found", "", "");
    }
  });
  Fetch fetch;
  Json input = {{"ps", {server.url("/hang"), server.url("/missing")}}};
  const auto start = std::chrono::steady_clock::now();
  const auto status = fetch.run(input);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.starts_with("404 Client Error"));
  CHECK(std::chrono::steady_clock::now() - start < 5s);
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("refused connections are told as requests tells them") {
  Fetch fetch;
  CHECK(fetch.error("http://127.0.0.1:1/x.png") ==
        "HTTPConnectionPool(host='127.0.0.1', port=1): Max retries exceeded with url: /x.png "
        "(Caused by NewConnectionError(\"HTTPConnection(host='127.0.0.1', port=1): Failed to "
        "establish a new connection: [Errno 111] Connection refused\"))");
  CHECK(fetch.error("http://no-such-host.invalid/x").find("NameResolutionError") !=
        std::string::npos);
  CHECK(fetch.error("http:///x") == "Invalid URL 'http:///x': No host supplied");
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("redirects end somewhere, and only at http") {
  LocalServer server([](Peer& peer, const std::string& head) {
    const bool loop = head.starts_with("GET /loop ");
    peer.reply("301 Moved Permanently",
               loop ? "Location: /loop\r\n" : "Location: file:///etc/passwd\r\n", "");
  });
  Fetch fetch;
  CHECK(fetch.error(server.url("/loop")) == "Exceeded 30 redirects.");
  CHECK(server.requests().size() == 31);
  CHECK(fetch.error(server.url("/file")) ==
        "No connection adapters were found for 'file:///etc/passwd'");
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("private addresses can be forbidden, after a redirect too") {
  LocalServer server([](Peer& peer, const std::string&) { peer.reply("200 OK", "", "secret"); });
  Fetch fetch;
  fetch.limits.forbid_private_addresses = true;
  for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"}) {
    const std::string url = "http://" + host + ":" + std::to_string(server.port()) + "/";
    INFO(url);
    CHECK(fetch.error(url).find("private addresses are forbidden") != std::string::npos);
  }
  CHECK(server.requests().empty());
}

TEST_CASE("a file has a largest size") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /stream ")) {
      peer.send("HTTP/1.0 200 OK\r\n\r\n" + std::string(200000, 'x'));
    } else {
      peer.reply("200 OK", "", std::string(1001, 'x'));
    }
  });
  Fetch fetch;
  fetch.limits.max_bytes = 1000;
  const std::string text =
      " is larger than the limit of 1000 bytes; raise it with --max-input-file";
  CHECK(fetch.error(server.url("/sized")) == server.url("/sized") + text);
  CHECK(fetch.error(server.url("/stream")) == server.url("/stream") + text);
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("broken replies are errors, not files") {
  const std::vector<std::pair<std::string, std::string>> replies = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
       "Connection broken: IncompleteRead(5 bytes read, 95 more expected)"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "Connection broken"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Connection broken"},
      {"", "('Connection aborted.', RemoteDisconnected("},
      {"nonsense\r\n\r\n", "('Connection aborted.'"},
      {"HTTP/1.1 200 " + std::string(30000, 'x') + "\r\n\r\n", "('Connection aborted.'"},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxx", "content-encoding gzip"},
  };
  for (const auto& [reply, expected] : replies) {
    INFO(reply.substr(0, 80));
    LocalServer server([&bytes = reply](Peer& peer, const std::string&) { peer.send(bytes); });
    Fetch fetch;
    const std::string error = fetch.error(server.url("/x"));
    INFO(error);
    CHECK(error.find(expected) != std::string::npos);
    CHECK(fetch.folder.file_count() == 0);
  }
}

TEST_CASE("endless heads are cut off") {
  LocalServer server([](Peer& peer, const std::string&) {
    for (int i = 0; i < 3000; ++i)
      peer.send("HTTP/1.1 100 Continue\r\n\r\n" + std::string(500, ' '));
  });
  Fetch fetch;
  CHECK(fetch.error(server.url("/x")) != "no error");
}

TEST_CASE("a silent server runs into the read timeout") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /body ")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    peer.hang();
  });
  Fetch fetch;
  fetch.limits.read_timeout_s = 1;
  const std::string text =
      "HTTPConnectionPool(host='127.0.0.1', port=" + std::to_string(server.port()) +
      "): Read timed out. (read timeout=1)";
  CHECK(fetch.error(server.url("/head")) == text);
  CHECK(fetch.error(server.url("/body")) == text);
  CHECK(fetch.folder.file_count() == 0);
}

TEST_CASE("a stop leaves a waiting download at once") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /body ")) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx");
    if (head.starts_with("GET /endless ")) {
      peer.send("HTTP/1.0 200 OK\r\n\r\n");
      for (int i = 0; i < 200000; ++i) peer.send(std::string(4096, 'x'));
    }
    peer.hang();
  });
  for (const char* target : {"/head", "/body", "/endless"}) {
    INFO(target);
    Fetch fetch;
    const double took = milliseconds_to_stop(fetch, server.url(target));
    CHECK(took >= 0);
    CHECK(took < kStopLimitMs);
    CHECK(fetch.folder.file_count() == 0);
  }
}

TEST_CASE("a stop leaves a TLS handshake and a stopped token starts nothing") {
  LocalServer server([](Peer& peer, const std::string&) { peer.hang(); });
  Fetch fetch;
  const std::string url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  const LocalServer stranger([](Peer&, const std::string&) {}, true);
  // The certificate authorities are read now and not while the clock runs.
  CHECK(fetch.error(stranger.url("/")) != "no error");
  const double took = milliseconds_to_stop(fetch, url);
  CHECK(took >= 0);
  CHECK(took < kStopLimitMs);
  std::stop_source stopped;
  stopped.request_stop();
  Json input = {{"p", server.url("/x")}};
  CHECK_FALSE(fetch.run(input, stopped.get_token()).ok());
  CHECK(server.requests().empty());
  CHECK(fetch.folder.file_count() == 0);
}

/// A listener whose queue is full: connecting to it neither succeeds nor fails.
class FullListener {
 public:
  FullListener() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_, 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    for (int i = 0; i < 4; ++i) {
      const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      ::connect(fd, reinterpret_cast<sockaddr*>(&address), size);
      waiting_.push_back(fd);
    }
  }
  FullListener(const FullListener&) = delete;
  FullListener& operator=(const FullListener&) = delete;
  ~FullListener() {
    for (const int fd : waiting_) ::close(fd);
    ::close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/x"; }

 private:
  int listener_;
  int port_ = 0;
  std::vector<int> waiting_;
};

TEST_CASE("a stop leaves a connection attempt at once, and a limit ends it") {
  const FullListener listener;
  Fetch fetch;
  const double took = milliseconds_to_stop(fetch, listener.url());
  CHECK(took >= 0);
  CHECK(took < kStopLimitMs);
  fetch.limits.connect_timeout_s = 1;
  CHECK(fetch.error(listener.url()).find("timed out. (connect timeout=1)") != std::string::npos);
  CHECK(fetch.folder.file_count() == 0);
}

}  // namespace
