// Names, URLs, challenges, credentials, waiting times; requests against a registry of
// this file's own.
#include <catch2/catch_test_macros.hpp>

#include "cli/registry/push.hpp"
#include "cli/registry/upload.hpp"
#include "tests/unit/cli/fake_transport.hpp"

using namespace cogpp::cli;
using cogpp::OrderedJson;

TEST_CASE("names of images are read by Docker's rules") {
  CHECK(*parse_reference("model") == ImageReference{"docker.io", "library/model"});
  CHECK(*parse_reference("you/model:v1") == ImageReference{"docker.io", "you/model", "v1"});
  CHECK(*parse_reference("localhost/model") == ImageReference{"localhost", "model"});
  CHECK(*parse_reference("h:5000/a/b-c__d:t") == ImageReference{"h:5000", "a/b-c__d", "t"});
  CHECK(parse_reference("[::1]:5000/m")->registry == "[::1]:5000");
  for (const char* wrong : {"", "A/b", "r.io/", "r.io/a//b", "r.io/a:", "r.io/a:-x", "r.io/a b",
                            "r.io/-a", "r.io/a_", "r.io/a___b", "r.io/a..b", "r_x.io/a", ":5/a",
                            "r.io:99999999/a", "r.io/a@sha256:12", "r.io/../x"}) {
    INFO(wrong);
    CHECK_FALSE(parse_reference(wrong));
  }
}

TEST_CASE("loopback is this machine alone") {
  for (const char* name : {"localhost", "localhost:5000", "127.0.0.1:1", "127.9.9.9", "[::1]:80"}) {
    CHECK(is_loopback_registry(name));
  }
  for (const char* name : {"127.evil.example", "localhost.example", "10.0.0.1", "r8.im"}) {
    CHECK_FALSE(is_loopback_registry(name));
  }
}

TEST_CASE("Location headers are resolved, and odd ones refused") {
  const Url base = *parse_url("https://R.example:443/v2/a/blobs/uploads/?x=1");
  CHECK(base.origin() == "https://r.example");
  CHECK(resolve_url(base, "/v2/u?s=1")->text() == "https://r.example/v2/u?s=1");
  CHECK(resolve_url(base, "u2")->text() == "https://r.example/v2/a/blobs/uploads/u2");
  CHECK(resolve_url(base, "http://o:1/u")->origin() == "http://o:1");
  CHECK(resolve_url(base, "//o/u")->origin() == "https://o");
  CHECK_FALSE(resolve_url(base, "https://o/a b"));
  CHECK_FALSE(resolve_url(base, "https://user@o/"));
  CHECK_FALSE(resolve_url(base, "ftp://o/"));
  CHECK(with_query("/u?s=1", "digest", "sha256:a") == "/u?s=1&digest=sha256%3Aa");
}

TEST_CASE("challenges of both kinds are understood") {
  const auto bearer = parse_challenge(
      R"(Bearer realm="https://auth.example/token",service="r, \"x\"",scope=repository:a:pull)");
  REQUIRE(bearer);
  CHECK(bearer->realm == "https://auth.example/token");
  CHECK(bearer->service == "r, \"x\"");
  CHECK(bearer->scope == "repository:a:pull");
  CHECK(parse_challenge("basic realm=x")->scheme == Challenge::Scheme::kBasic);
  CHECK_FALSE(parse_challenge("Negotiate"));
  CHECK_FALSE(parse_challenge(""));
  CHECK(parse_challenge("Bearer realm=\"unfinished")->realm == "unfinished");
}

TEST_CASE("credentials stand under several keys of Docker's file") {
  const auto config = OrderedJson::parse(
      R"({"credsStore": "store", "credHelpers": {"own.example": "own"},
          "auths": {"https://r.example/v1/": {"auth": "dXNlcjpzZTpjcmV0"}, "bad": {"auth": "eA=="},
                    "https://index.docker.io/v1/": {"identitytoken": "t"}}})");
  CHECK(credentials_in(config, "r.example")->secret == "se:cret");
  CHECK(credentials_in(config, "docker.io")->identity_token == "t");
  CHECK(credentials_in(config, "r8.im")->empty());
  CHECK_FALSE(credentials_in(config, "bad"));
  CHECK(helper_in(config, "own.example") == "own");
  CHECK(helper_in(config, "r8.im") == "store");
}

TEST_CASE("waiting grows, has a limit, and honours what the server asks") {
  using std::chrono::milliseconds;
  Backoff backoff(1);
  milliseconds last{0};
  for (int i = 1; i < Backoff::kMostTries; ++i) {
    const auto delay = backoff.next();
    REQUIRE(delay);
    CHECK(*delay >= last / 2);
    CHECK(*delay <= Backoff::kLongest);
    last = *delay;
  }
  CHECK_FALSE(backoff.next());
  backoff.reset();
  CHECK(*backoff.next(milliseconds(5000)) >= milliseconds(5000));
  CHECK_FALSE(backoff.next(std::chrono::hours(1)));
  CHECK(*retry_after("3", 0) == milliseconds(3000));
  CHECK(*retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 50) == milliseconds(10000));
  CHECK_FALSE(retry_after("", 0));
  CHECK_FALSE(retry_after("soon", 0));
}

TEST_CASE("how much a registry has is what its Range says") {
  CHECK(*received_bytes("0-41") == 42);
  CHECK(*received_bytes("bytes=0-41") == 42);
  CHECK(*received_bytes("0-0") == 0);
  CHECK_FALSE(received_bytes(""));
  CHECK_FALSE(received_bytes("1-41"));
  CHECK_FALSE(received_bytes("0-x"));
}

TEST_CASE("a token is fetched with the credentials and used for the registry alone") {
  FakeTransport transport;
  transport.answer = [](const HttpRequest& request) {
    if (request.url.host == "auth.example") return status(200, {}, R"({"token": "T"})");
    if (request.url.host == "cdn.example") return status(200, {}, "bytes");
    if (header_of(request, "Authorization") != "Bearer T") {
      return status(401, {{"www-authenticate",
                           "Bearer realm=\"https://auth.example/t\",service=\"r.example\""}});
    }
    return status(307, {{"location", "https://cdn.example/blob"}});
  };
  const Cancellation never;
  RegistryAccess access(kBase, kUser, never);
  RegistrySession session(access, transport);
  const HttpOutcome outcome =
      session.send({.url = session.url("a/b", "blobs/x")}, pull_scope("a/b"));
  CHECK(outcome.answer.body == "bytes");
  REQUIRE(transport.requests.size() == 4);
  CHECK(header_of(transport.requests[1], "Authorization").starts_with("Basic "));
  CHECK(transport.requests[1].url.target.find("scope=repository%3Aa%2Fb%3Apull") !=
        std::string::npos);
  CHECK(header_of(transport.requests[3], "Authorization").empty());
}

TEST_CASE("a token may be for two repositories") {
  FakeTransport transport;
  transport.answer = [](const HttpRequest& request) {
    if (request.url.host == "auth.example") return status(200, {}, R"({"token": "T"})");
    const bool known = header_of(request, "Authorization") == "Bearer T";
    return known ? status(201)
                 : status(401, {{"www-authenticate", "Bearer realm=\"https://auth.example/t\""}});
  };
  const Cancellation never;
  RegistryAccess access(kBase, kUser, never);
  RegistrySession session(access, transport);
  const HttpRequest request{.method = "POST",
                            .url = mount_url(session, "a/b", Digest::of("x"), "base")};
  CHECK(session.send(request, mount_scope("a/b", "base")).answer.status == 201);
  REQUIRE(transport.requests.size() == 3);
  CHECK(transport.requests[0].url.target.ends_with("&from=base"));
  const std::string asked = transport.requests[1].url.target;
  CHECK(asked.find("scope=repository%3Aa%2Fb%3Apull%2Cpush") != std::string::npos);
  CHECK(asked.find("scope=repository%3Abase%3Apull&") != std::string::npos);
}

TEST_CASE("credentials do not go to a token server without TLS") {
  FakeTransport transport;
  transport.answer = [](const HttpRequest&) {
    return status(401, {{"www-authenticate", "Bearer realm=\"http://auth.example/t\""}});
  };
  const Cancellation never;
  RegistryAccess access(kBase, kUser, never);
  RegistrySession session(access, transport);
  const HttpOutcome outcome = session.send({.url = kBase}, "");
  CHECK(transport.requests.size() == 1);
  CHECK(outcome.reason.find("without TLS") != std::string::npos);
}

TEST_CASE("an identity token is exchanged for one of the registry's") {
  FakeTransport transport;
  transport.answer = [](const HttpRequest& request) {
    if (request.url.host == "auth.example") return status(200, {}, R"({"access_token": "T"})");
    const bool known = header_of(request, "Authorization") == "Bearer T";
    return known ? status(200)
                 : status(401, {{"www-authenticate",
                                 "Bearer realm=\"https://auth.example/t\",service=\"r x\""}});
  };
  const Cancellation never;
  RegistryAccess access(kBase, {.identity_token = "i&d"}, never);
  RegistrySession session(access, transport);
  const HttpRequest request{.url = session.url("a", "tags/list")};
  CHECK(session.send(request, pull_scope("a")).answer.status == 200);
  REQUIRE(transport.requests.size() == 3);
  const HttpRequest& exchange = transport.requests[1];
  CHECK(exchange.method == "POST");
  CHECK(header_of(exchange, "Content-Type") == "application/x-www-form-urlencoded");
  CHECK(header_of(exchange, "Authorization").empty());
  CHECK(exchange.body.starts_with("grant_type=refresh_token&service=r%20x&"));
  CHECK(exchange.body.ends_with("&scope=repository%3Aa%3Apull&refresh_token=i%26d"));
}
