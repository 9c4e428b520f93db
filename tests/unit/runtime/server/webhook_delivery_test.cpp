// Which events pass the gate; one delivery on the wire, and what its answer means.
#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "runtime/server/webhooks/delivery.hpp"
#include "runtime/server/webhooks/gate.hpp"
#include "tests/unit/runtime/server/files/local_server.hpp"

using namespace std::chrono_literals;
using cogpp::server::Delivery;
using cogpp::server::EventKind;
using cogpp::server::WebhookEvent;
using cogpp::server::WebhookEvents;
using cogpp::server::WebhookGate;
using cogpp::test::LocalServer;
using cogpp::test::Peer;
namespace server = cogpp::server;
namespace client = cogpp::server::client;

namespace {

Delivery deliver(const std::string& url, const server::WebhookSender& sender,
                 const server::TraceContext& trace = {}, std::stop_token stopping = {}) {
  const auto stop = client::StopSignal::create(std::move(stopping));
  client::KeptConnection kept;
  return server::deliver(*client::parse_url(url), trace, "{\"id\":1}", sender, **stop, kept);
}

std::string without_first_line(const std::string& head) { return head.substr(head.find('\n') + 1); }

}  // namespace

TEST_CASE("logs wait for the interval since the last event that was sent") {
  const auto start = std::chrono::steady_clock::now();
  WebhookGate gate(WebhookEvents::all(), 500ms, start);
  CHECK(gate.admits(EventKind::kStart, start));
  CHECK_FALSE(gate.admits(EventKind::kLog, start + 499ms));
  CHECK(gate.admits(EventKind::kLog, start + 500ms));
  CHECK(gate.admits(EventKind::kOutput, start + 501ms));
  CHECK(gate.admits(EventKind::kOutput, start + 502ms));
  CHECK_FALSE(gate.admits(EventKind::kLog, start + 1001ms));
  CHECK_FALSE(gate.admits(EventKind::kMetric, start + 9s));
  CHECK(gate.admits(EventKind::kCompleted, start + 1001ms));
}

TEST_CASE("only an interval above ten seconds holds the start back") {
  const auto start = std::chrono::steady_clock::now();
  CHECK(WebhookGate(WebhookEvents::all(), 10s, start).admits(EventKind::kStart, start));
  CHECK_FALSE(WebhookGate(WebhookEvents::all(), 20s, start).admits(EventKind::kStart, start));
}

TEST_CASE("events that were not asked for pass nothing and start no interval") {
  const auto start = std::chrono::steady_clock::now();
  auto events = WebhookEvents::none();
  events.insert(WebhookEvent::kLogs);
  WebhookGate gate(events, 500ms, start);
  CHECK_FALSE(gate.admits(EventKind::kStart, start));
  CHECK_FALSE(gate.admits(EventKind::kOutput, start));
  CHECK(gate.admits(EventKind::kLog, start));
  CHECK_FALSE(gate.admits(EventKind::kCompleted, start + 1h));
}

TEST_CASE("headers have Cog's order") {
  std::string body;
  LocalServer receiver([&](Peer& peer, const std::string& head) {
    body = peer.read_body(head);
    peer.reply("204 No Content", "", "");
  });
  CHECK(deliver(receiver.url("/w?k=v"), {.token = "tok"}, {.parent = "00-a", .state = "x=y"}).end ==
        Delivery::End::kDelivered);
  const auto heads = receiver.requests();
  REQUIRE(heads.size() == 1);
  CHECK(heads[0].starts_with("POST /w?k=v HTTP/1.1\r\n"));
  CHECK(without_first_line(heads[0]) ==
        "content-type: application/json\r\ntraceparent: 00-a\r\ntracestate: x=y\r\naccept: */*\r\n"
        "authorization: Bearer tok\r\nuser-agent: coglet/0.22.0\r\nhost: 127.0.0.1:" +
            std::to_string(receiver.port()) + "\r\ncontent-length: 8\r\n\r\n");
  CHECK(body == "{\"id\":1}");
}

TEST_CASE("a user in the receiver's URL is told, with an empty password where there is none") {
  LocalServer receiver([](Peer& peer, const std::string& head) {
    peer.read_body(head);
    peer.reply("204 No Content", "", "");
  });
  const std::string at = "@127.0.0.1:" + std::to_string(receiver.port()) + "/";
  CHECK(deliver("http://user" + at, {}).end == Delivery::End::kDelivered);
  CHECK(deliver("http://user:p%3A" + at, {}).end == Delivery::End::kDelivered);
  const auto heads = receiver.requests();
  REQUIRE(heads.size() == 2);
  CHECK(heads[0].find("\r\nauthorization: Basic dXNlcjo=\r\n") != std::string::npos);
  CHECK(heads[1].find("\r\nauthorization: Basic dXNlcjpwOg==\r\n") != std::string::npos);
}

TEST_CASE("statuses that may pass are failures, others refusals") {
  for (const int status : {429, 500, 502, 503, 504, 404, 501, 304}) {
    CAPTURE(status);
    LocalServer receiver([status](Peer& peer, const std::string& head) {
      peer.read_body(head);
      peer.reply(std::to_string(status) + " X", "", "");
    });
    const auto delivery = deliver(receiver.url("/"), {});
    const bool refused = status == 404 || status == 501 || status == 304;
    CHECK(delivery.end == (refused ? Delivery::End::kRefused : Delivery::End::kFailed));
    CHECK(delivery.why.ends_with(std::to_string(status)));
  }
}

TEST_CASE("307 repeats the request, 303 asks with GET, credentials stay with their host") {
  LocalServer other([](Peer& peer, const std::string& head) {
    peer.read_body(head);
    peer.reply("200 OK", "", "");
  });
  LocalServer receiver([&](Peer& peer, const std::string& head) {
    peer.read_body(head);
    if (head.starts_with("POST /a ")) return peer.reply("307 X", "Location: /b\r\n", "");
    peer.reply("303 X", "Location: " + other.url("/c") + "\r\n", "");
  });
  CHECK(deliver(receiver.url("/a"), {.token = "tok"}).end == Delivery::End::kDelivered);
  const auto heads = receiver.requests();
  REQUIRE(heads.size() == 2);
  CHECK(heads[1].starts_with("POST /b "));
  CHECK(heads[1].find("\r\nreferer: " + receiver.url("/a") + "\r\nhost: ") != std::string::npos);
  CHECK(heads[1].find("authorization: Bearer tok") != std::string::npos);
  REQUIRE(other.requests().size() == 1);
  const std::string last = other.requests().front();
  CHECK(last.starts_with("GET /c "));
  CHECK(last.find("authorization") == std::string::npos);
  CHECK(last.find("content-") == std::string::npos);
}

TEST_CASE("a receiver with a private address is refused where those are forbidden") {
  LocalServer receiver([](Peer& peer, const std::string& head) {
    peer.read_body(head);
    peer.reply("200 OK", "", "");
  });
  const auto delivery = deliver(receiver.url("/"), {.forbid_private_addresses = true});
  CHECK(delivery.end == Delivery::End::kRefused);
  CHECK(delivery.why == "private addresses are forbidden and 127.0.0.1 has no other");
  CHECK(receiver.requests().empty());
}

TEST_CASE("redirects end") {
  LocalServer receiver([](Peer& peer, const std::string& head) {
    peer.read_body(head);
    peer.reply("308 X", "Location: /loop\r\n", "");
  });
  const auto delivery = deliver(receiver.url("/loop"), {});
  CHECK(delivery.end == Delivery::End::kFailed);
  CHECK(delivery.why == "too many redirects");
  CHECK(receiver.requests().size() == 11);
}

TEST_CASE("a receiver that hangs, drips or refuses is given up in time") {
  LocalServer receiver([](Peer& peer, const std::string& head) {
    if (head.starts_with("POST /hang ")) return peer.hang();
    peer.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 100; ++i) {
      peer.send("x-" + std::to_string(i) + ": y\r\n");
      std::this_thread::sleep_for(50ms);
    }
  });
  for (const char* target : {"/hang", "/drip"}) {
    CAPTURE(target);
    const auto begun = std::chrono::steady_clock::now();
    const auto delivery = deliver(receiver.url(target), {.limit = 1s});
    CHECK(delivery.end == Delivery::End::kFailed);
    CHECK(delivery.why == "the receiver did not answer within 1 s");
    CHECK(std::chrono::steady_clock::now() - begun < 4s);
  }
  CHECK(deliver("http://127.0.0.1:1/", {}).end == Delivery::End::kFailed);
}

TEST_CASE("TLS receivers are verified") {
  LocalServer receiver(
      [](Peer& peer, const std::string& head) {
        peer.read_body(head);
        peer.reply("200 OK", "", "");
      },
      true);
  const auto delivery = deliver(receiver.url("/"), {.trust = client::make_trust()});
  CHECK(delivery.end == Delivery::End::kFailed);
  CHECK(delivery.why.find("certificate verify failed") != std::string::npos);
  CHECK(receiver.requests().empty());
}

TEST_CASE("retries wait longer and longer, up to 102.4 s") {
  CHECK(server::retry_delay(1, 100ms) == 200ms);
  CHECK(server::retry_delay(4, 100ms) == 1600ms);
  CHECK(server::retry_delay(10, 100ms) == 102400ms);
  CHECK(server::retry_delay(12, 100ms) == 102400ms);
}
