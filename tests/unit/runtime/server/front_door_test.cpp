// Probes, token and metrics in front of an API that says "api".
#include "runtime/server/http/front_door.hpp"

#include <catch2/catch_test_macros.hpp>

#include "runtime/server/client/exchange.hpp"
#include "runtime/server/http/server.hpp"

namespace server = cogpp::server;
namespace client = cogpp::server::client;
using server::BearerToken;

namespace {

struct Answer {
  int status = 0;
  std::string body;
};

/// A door on a port of its own.
struct House {
  explicit House(server::FrontDoor::Options options)
      : door(with_gauges(std::move(options)), [](server::Connection& connection) {
          connection.reply(server::Reply::text(200, "api"));
        }) {
    http->serve([this](server::Connection& connection) { door.handle(connection); });
  }

  server::FrontDoor::Options with_gauges(server::FrontDoor::Options options) {
    options.gauges = [this] { return server::ServerGauges{.ready = ready}; };
    return options;
  }

  Answer ask(const std::string& target, const std::string& authorization = {},
             const std::string& method = "GET") {
    const auto url = client::parse_url("http://127.0.0.1:" + std::to_string(http->port()) + target);
    client::Request request{
        .method = method, .headers = {{"host", "h"}}, .content = {}, .body = {}};
    if (!authorization.empty()) request.headers.push_back({"authorization", authorization});
    Answer answer;
    const client::ReplySink sink{.head = {}, .body = [&](std::string_view bytes) {
                                   answer.body += bytes;
                                   return true;
                                 }};
    const auto stop = client::StopSignal::create({});
    answer.status = client::exchange(*url, request, sink, {}, **stop).reply.status;
    return answer;
  }

  server::ElasticPool pool{server::ElasticPool::Limits{}};
  std::unique_ptr<server::HttpServer> http =
      std::move(*server::HttpServer::listen({.host = "127.0.0.1", .port = 0}, pool));
  bool ready = true;
  server::FrontDoor door;
};

}  // namespace

TEST_CASE("a token matches itself and nothing else") {
  const BearerToken token("secret");
  CHECK(token.matches("Bearer secret"));
  CHECK(token.matches("bearer  secret"));
  for (const char* wrong : {"", "secret", "Bearer", "Bearer ", "Bearer secre", "Bearer secrets",
                            "Basic secret", "Bearer Secret"}) {
    CAPTURE(wrong);
    CHECK_FALSE(token.matches(wrong));
  }
}

TEST_CASE("without flags everything goes to the API") {
  House house({});
  for (const char* target : {"/livez", "/readyz", "/metrics", "/predictions"}) {
    CHECK(house.ask(target).body == "api");
  }
}

TEST_CASE("probes tell whether predictions are accepted") {
  House house({.probes = true});
  CHECK(house.ask("/livez").status == 200);
  CHECK(house.ask("/readyz").status == 200);
  house.ready = false;
  CHECK(house.ask("/readyz").status == 503);
  CHECK(house.ask("/livez").status == 200);
  house.ready = true;
  house.door.drain();
  CHECK(house.ask("/readyz").body == R"({"status":"draining"})");
  CHECK(house.ask("/readyz", {}, "POST").status == 405);
}

TEST_CASE("the token is asked of all but probes") {
  server::ServerMetrics metrics;
  House house({.probes = true, .token = BearerToken("secret"), .metrics = &metrics});
  for (const char* target : {"/", "/health-check", "/predictions", "/metrics", "/nothing"}) {
    CAPTURE(target);
    CHECK(house.ask(target).status == 401);
    CHECK(house.ask(target, "Bearer wrong").status == 401);
    CHECK(house.ask(target, "Bearer secret").status == 200);
  }
  CHECK(house.ask("/").body.starts_with(R"({"error":"Unauthorized)"));
  CHECK(house.ask("/livez").status == 200);
  CHECK(house.ask("/readyz").status == 200);
}

TEST_CASE("metrics count the requests that went before") {
  server::ServerMetrics metrics;
  House house({.metrics = &metrics});
  CHECK(house.ask("/metrics", {}, "POST").status == 405);
  CHECK(house.ask("/metrics", {}, "POST").status == 405);
  // A reply is counted once it has left, so its reader may be a moment ahead of the count.
  const auto counted = [&house] {
    const Answer answer = house.ask("/metrics");
    CHECK(answer.status == 200);
    CHECK(answer.body.find("cogpp_ready 1\n") != std::string::npos);
    return answer.body.find("cogpp_http_requests_total{code=\"other\"} 2\n") != std::string::npos;
  };
  bool seen = counted();
  for (int looks = 0; !seen && looks < 100; ++looks) seen = counted();
  CHECK(seen);
}
