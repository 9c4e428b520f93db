// Names, URLs, challenges, credentials, waiting times; requests against a registry of
// this file's own.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <functional>

#include "cli/registry/push.hpp"
#include "cli/registry/stream_upload.hpp"
#include "cli/registry/upload.hpp"

using namespace cogpp::cli;
using cogpp::OrderedJson;
namespace fs = std::filesystem;

namespace {

/// Answers as it is told and keeps what it was asked.
struct FakeTransport final : Transport {
  std::function<HttpOutcome(const HttpRequest&)> answer;
  std::vector<HttpRequest> requests;

  HttpOutcome send(const HttpRequest& request) override {
    requests.push_back(request);
    return answer(request);
  }
  void stop() override {}
};

std::string header_of(const HttpRequest& request, const std::string& name) {
  for (const auto& [other, value] : request.headers) {
    if (other == name) return value;
  }
  return {};
}

HttpOutcome status(int code, std::vector<std::pair<std::string, std::string>> headers = {},
                   std::string body = {}) {
  return {.answer = {.status = code, .headers = std::move(headers), .body = std::move(body)}};
}

const Url kBase{.scheme = "https", .host = "r.example", .target = "/"};
const Credentials kUser{.username = "user", .secret = "secret"};

}  // namespace

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

TEST_CASE("what may not be mounted is uploaded") {
  FakeTransport transport;
  transport.answer = [](const HttpRequest& request) {
    if (request.method == "HEAD") return status(404);
    if (request.url.target.find("mount=") != std::string::npos) return status(403);
    return request.method == "POST" ? status(202, {{"location", "/upload"}}) : status(201);
  };
  const Cancellation never;
  RegistryAccess access(kBase, {}, never);
  RegistrySession session(access, transport);
  TransferBoard board;
  Blob blob = make_blob("bytes", kOciLayer);
  blob.origin = "r.example/base";
  board.add("blob", 5);
  CHECK(upload_blob(session, {"r.example", "a/b", {}}, blob, board, 0));
  CHECK(board.snapshot()[0].state == TransferState::kDone);
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

namespace {

/// A registry that keeps every byte it got, also of a request that broke.
struct Receiving {
  std::string data;
  std::uint64_t break_at = 0;  ///< Breaks once at this many bytes; 0: never.
  bool committed = false;
  int begun = 0;
  std::uint64_t sent = 0;
  bool forgets = false;          ///< An upload that broke is not known any more.
  std::string last_target = {};  ///< Of the latest request.

  HttpOutcome operator()(const HttpRequest& request) {
    const std::string& method = request.method;
    last_target = request.url.target;
    if (method == "HEAD") return status(committed ? 200 : 404);
    if (method == "POST") {
      ++begun;
      data.clear();
      return status(202, {{"location", "/upload"}});
    }
    if (method == "GET") return forgets ? status(404) : status(204, {{"range", range()}});
    if (request.upload && !take(*request.upload)) return {.failure = HttpFailure::kCut};
    if (method == "PATCH") return status(202, {{"location", "/upload"}, {"range", range()}});
    committed = true;
    return status(201);
  }

  std::string range() const { return "0-" + std::to_string(data.empty() ? 0 : data.size() - 1); }
  bool take(const UploadPart& part) {
    CHECK(part.offset == data.size());
    if (part.read) part.read({});
    std::string bytes(part.size, '\0');
    ContentReader reader(*part.content, part.offset);
    REQUIRE(reader.read(bytes.data(), bytes.size()));
    for (const char c : bytes) {
      if (break_at != 0 && data.size() == break_at) {
        break_at = 0;
        return false;
      }
      data.push_back(c);
      if (part.read) part.read({&c, 1});
      ++sent;
    }
    return true;
  }
};

}  // namespace

TEST_CASE("an upload goes on at the byte where it broke") {
  const std::string bytes = "0123456789abcdefghij";
  const Blob blob = make_blob(bytes, kOciLayer);
  for (const std::uint64_t chunk : {3U, 7U, 100U}) {
    Receiving registry{.break_at = 14};
    FakeTransport transport;
    transport.answer = std::ref(registry);
    const Cancellation never;
    RegistryAccess access(kBase, {}, never);
    RegistrySession session(access, transport);
    TransferBoard board;
    const std::size_t entry = board.add("blob", bytes.size());
    const UploadTarget target{"r.example", "a/b", {.threshold = 5, .chunk = chunk}};
    REQUIRE(upload_blob(session, target, blob, board, entry));
    CHECK(registry.data == bytes);
    CHECK(registry.sent == bytes.size());
    CHECK(registry.begun == 1);
    CHECK(board.snapshot()[0].state == TransferState::kDone);
  }
}

TEST_CASE("a layer is hashed while it is sent, wherever the line breaks") {
  const std::string bytes = "0123456789abcdefghij";
  const Content content = Content::text(bytes);
  for (const bool forgets : {false, true}) {
    for (const std::uint64_t break_at : {0U, 3U, 14U, 19U}) {
      INFO("break at " << break_at << (forgets ? ", forgotten" : ""));
      Receiving registry{.break_at = break_at, .forgets = forgets};
      FakeTransport transport;
      transport.answer = std::ref(registry);
      const Cancellation never;
      RegistryAccess access(kBase, {}, never);
      RegistrySession session(access, transport);
      TransferBoard board;
      board.add("layer", bytes.size());
      const UploadTarget target{"r.example", "a/b", {.chunk = 7}};
      const auto layer = stream_layer(session, target, {.content = content}, board, 0);
      REQUIRE(layer);
      CHECK(layer->digest == Digest::of(bytes));
      CHECK(layer->size == bytes.size());
      CHECK(registry.data == bytes);
      CHECK(registry.begun == (forgets && break_at != 0 ? 2 : 1));
      CHECK(registry.last_target == "/upload?digest=sha256%3A" + Digest::of(bytes).hex());
    }
  }
}

TEST_CASE("a streamed layer goes on in a later run, if it is the same") {
  const TemporaryDirectory memory = *TemporaryDirectory::create(fs::temp_directory_path());
  const Content content = Content::text("0123456789abcdefghij");
  Receiving registry;
  int patches = 0;
  const auto run = [&](const std::string& key, bool whole) {
    FakeTransport transport;
    transport.answer = [&](const HttpRequest& request) {
      if (request.method == "PATCH" && !whole && ++patches == 3) return status(403);
      return registry(request);
    };
    const Cancellation never;
    RegistryAccess access(kBase, {}, never);
    RegistrySession session(access, transport);
    TransferBoard board;
    board.add("layer", content.size());
    const UploadTarget target{"r.example", "a/b", {.chunk = 5, .memory = memory.path()}};
    return stream_layer(session, target, {.content = content, .key = key}, board, 0);
  };
  CHECK_FALSE(run("key", false));
  CHECK(registry.data.size() == 10);
  CHECK(run("key", true)->digest == Digest::of("0123456789abcdefghij"));
  CHECK(registry.sent == content.size());
  CHECK(registry.begun == 1);
  patches = 0;
  registry = {};
  CHECK_FALSE(run("key", false));
  CHECK(run("other", true)->digest == Digest::of("0123456789abcdefghij"));
  CHECK(registry.begun == 2);
}

TEST_CASE("a refusal is told in the words of the registry") {
  const Blob blob = make_blob("bytes", kOciLayer);
  FakeTransport transport;
  transport.answer = [](const HttpRequest& request) {
    return status(request.method == "HEAD" ? 404 : 403, {},
                  R"({"errors":[{"code":"DENIED","message":"not yours"}]})");
  };
  const Cancellation never;
  RegistryAccess access(kBase, {}, never);
  RegistrySession session(access, transport);
  TransferBoard board;
  board.add("blob", 5);
  const auto pushed = upload_blob(session, {"r.example", "a/b", {}}, blob, board, 0);
  REQUIRE_FALSE(pushed);
  CHECK(pushed.error().message.find("DENIED: not yours") != std::string::npos);
  CHECK(transport.requests.size() == 2);
}
