// fetch_inputs when all goes well: what becomes a file, and under which name
// (recordings files/in_*).
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <string>

#include "tests/unit/runtime/server/files/fetch_fixture.hpp"
#include "tests/unit/runtime/server/files/local_server.hpp"

namespace {

using cogpp::Json;
using cogpp::test::contents;
using cogpp::test::Fetch;
using cogpp::test::LocalServer;
using cogpp::test::Peer;

void echo_target(Peer& peer, const std::string& head) {
  const std::size_t start = head.find(' ') + 1;
  peer.reply("200 OK", "", head.substr(start, head.find(' ', start) - start));
}

TEST_CASE("only URLs of file inputs become files") {
  LocalServer server(echo_target);
  Fetch fetch;
  const std::string url = server.url("/pic.png");
  Json input = {{"p", "/etc/hostname"}, {"s", url}, {"ss", {url}}, {"ps", Json::array()}};
  const Json before = input;
  REQUIRE(fetch.run(input).ok());
  CHECK(input == before);
  for (const char* text : {"DATA:text/plain,hi", "HTTP://127.0.0.1:1/x", "gs://b/o", "", "x"}) {
    input = {{"p", text}};
    REQUIRE(fetch.run(input).ok());
    CHECK(input["p"] == text);
  }
  input = {{"p", nullptr}};
  REQUIRE(fetch.run(input).ok());
  CHECK(input["p"].is_null());
  CHECK(fetch.folder.file_count() == 0);
  CHECK(server.requests().empty());
}

TEST_CASE("data URLs become files") {
  Fetch fetch;
  Json input = {{"p", "data:image/png;base64,aGVsbG8="}};
  REQUIRE(fetch.run(input).ok());
  CHECK(contents(input["p"]) == "hello");
  CHECK(fetch.name("data:,x") == "file.txt");
  CHECK(fetch.error("data:image/png;base64,aGVsbG8") == "Incorrect padding");
  CHECK(fetch.folder.file_count() == 2);
}

TEST_CASE("a download is named and filled by its URL") {
  LocalServer server(echo_target);
  Fetch fetch;
  Json input = {{"p", server.url("/q.txt?x=1&y=/z")}};
  REQUIRE(fetch.run(input).ok());
  CHECK(contents(input["p"]) == "/q.txt?x=1&y=/z");
  CHECK(fetch.name(server.url("/deep/dir/f.tar.gz")) == "f.tar.gz");
  CHECK(fetch.name(server.url("/noext")) == "noext");
  CHECK(fetch.name(server.url("/")).empty());
  CHECK(fetch.name(server.url("")).empty());
}

TEST_CASE("requests carry our name or the given one") {
  LocalServer server(echo_target);
  Fetch fetch;
  fetch.name(server.url("/a"));
  fetch.limits.user_agent = "my-ua/1";
  fetch.name("http://me:p%40ss@127.0.0.1:" + std::to_string(server.port()) + "/b");
  fetch.name("http://m%3Ae@127.0.0.1:" + std::to_string(server.port()) + "/c");
  const auto heads = server.requests();
  REQUIRE(heads.size() == 3);
  CHECK(heads[0].find("\r\nUser-Agent: cogpp/") != std::string::npos);
  CHECK(heads[0].find("\r\nHost: 127.0.0.1:" + std::to_string(server.port()) + "\r\n") !=
        std::string::npos);
  CHECK(heads[1].find("\r\nUser-Agent: my-ua/1\r\n") != std::string::npos);
  CHECK(heads[1].find("\r\nAuthorization: Basic bWU6cEBzcw==\r\n") != std::string::npos);
  CHECK(heads[2].find("\r\nAuthorization: Basic bTplOg==\r\n") != std::string::npos);
}

TEST_CASE("a list keeps its order and its plain elements") {
  LocalServer server([](Peer& peer, const std::string& head) {
    // The first of them answers last.
    if (head.starts_with("GET /0")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    echo_target(peer, head);
  });
  Fetch fetch;
  Json list = Json::array();
  for (int i = 0; i < 20; ++i) list.push_back(server.url(std::string("/") + std::to_string(i)));
  list.push_back("data:,d");
  list.push_back("/etc/hostname");
  Json input = {{"ps", list}};
  REQUIRE(fetch.run(input).ok());
  for (int i = 0; i < 20; ++i)
    CHECK(contents(input["ps"][i]) == std::string("/") + std::to_string(i));
  CHECK(contents(input["ps"][20]) == "d");
  CHECK(input["ps"][21] == "/etc/hostname");
}

TEST_CASE("files inside of maps and lists become files; the rest stays") {
  LocalServer server(echo_target);
  Fetch fetch;
  Json input = {{"deep", {{"a", {server.url("/1"), "/etc/hostname"}}, {"b", {"data:,2"}}}},
                {"unknown", {{"deep", {server.url("/no")}}, {"n", 7}}}};
  const Json before = input;
  REQUIRE(fetch.run(input).ok());
  CHECK(contents(input["deep"]["a"][0]) == "/1");
  CHECK(input["deep"]["a"][1] == "/etc/hostname");
  CHECK(contents(input["deep"]["b"][0]) == "2");
  CHECK(input["unknown"] == before["unknown"]);
  CHECK(fetch.folder.file_count() == 2);
  input = {{"deep", {{"a", {server.url("/1"), "data:image/png;base64,aGVsbG8"}}}}};
  const auto status = fetch.run(input);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message == "Incorrect padding");
  CHECK(fetch.folder.file_count() == 2);
}

TEST_CASE("a list is downloaded in parallel") {
  LocalServer server([](Peer& peer, const std::string& head) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    echo_target(peer, head);
  });
  Fetch fetch;
  Json input = {{"ps", Json(8, server.url("/x"))}};
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(fetch.run(input).ok());
  CHECK(std::chrono::steady_clock::now() - start <
        std::chrono::milliseconds(750));  // One by one: 800.
}

TEST_CASE("redirects are followed and the first name stays") {
  LocalServer server([](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /redir ")) {
      peer.reply("302 Found", "Location: dir/../r2.txt\r\n", "elsewhere");
    } else {
      peer.reply("200 OK", "", "redirected " + head.substr(0, head.find('\r')));
    }
  });
  Fetch fetch;
  Json input = {{"p", server.url("/redir")}};
  REQUIRE(fetch.run(input).ok());
  CHECK(contents(input["p"]) == "redirected GET /r2.txt HTTP/1.1");
  CHECK(input["p"].get<std::string>().ends_with("redir"));
}

TEST_CASE("bodies of every framing arrive whole") {
  const std::string big(3 << 20, 'b');
  LocalServer server([&](Peer& peer, const std::string& head) {
    if (head.starts_with("GET /chunked ")) {
      peer.send(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    } else if (head.starts_with("GET /close ")) {
      peer.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    } else if (head.starts_with("GET /empty ")) {
      peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    } else {
      peer.reply("200 OK", "", big);
    }
  });
  Fetch fetch;
  const auto body = [&](const char* target) {
    Json input = {{"p", server.url(target)}};
    const auto status = fetch.run(input);
    return status ? contents(input["p"]) : "error: " + status.error().message;
  };
  CHECK(body("/chunked") == "abcde");
  CHECK(body("/close") == "until the end");
  CHECK(body("/empty").empty());
  CHECK(body("/big") == big);
}

TEST_CASE("https trusts the system's authorities and no one else") {
  LocalServer server(echo_target, true);
  CHECK(Fetch().error(server.url("/x")).find("certificate verify failed") != std::string::npos);
  Fetch fetch;
  ::setenv("SSL_CERT_FILE", server.certificate().c_str(), 1);
  CHECK(fetch.name(server.url("/x.png")) == "x.png");
  CHECK(fetch.error("https://127.0.0.1:" + std::to_string(server.port()) + "/x")
            .find("certificate verify failed") != std::string::npos);
  ::unsetenv("SSL_CERT_FILE");
}

TEST_CASE("a proxy of the environment is used") {
  LocalServer plain([](Peer& peer, const std::string& head) {
    peer.reply("200 OK", "", "proxied " + head.substr(0, head.find('\r')));
  });
  LocalServer tunnel([](Peer& peer, const std::string&) {
    peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
    if (peer.start_tls() && !peer.read_head().empty()) peer.reply("200 OK", "", "tunnelled");
  });
  ::setenv("http_proxy", plain.url("").c_str(), 1);
  ::setenv("https_proxy", tunnel.url("").c_str(), 1);
  ::setenv("no_proxy", "", 1);
  ::setenv("SSL_CERT_FILE", tunnel.certificate().c_str(), 1);
  Fetch fetch;
  Json input = {{"p", "http://nowhere.invalid/a?b"}, {"ps", {"https://localhost/secret"}}};
  const auto status = fetch.run(input);
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy", "SSL_CERT_FILE"}) {
    ::unsetenv(name);
  }
  REQUIRE((status ? "" : status.error().message) == "");
  CHECK(contents(input["p"]) == "proxied GET http://nowhere.invalid/a?b HTTP/1.1");
  CHECK(contents(input["ps"][0]) == "tunnelled");
  CHECK(tunnel.requests().front().starts_with("CONNECT localhost:443 HTTP/1.1\r\n"));
}

}  // namespace
