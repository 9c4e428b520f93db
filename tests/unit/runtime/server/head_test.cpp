// Heads of requests: what is taken, what is refused and with which status (live B4).
#include "runtime/server/http/head.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using cogpp::server::HeadProgress;
using cogpp::server::parse_head;
using cogpp::server::RequestHead;

namespace {

int status_of(const std::string& text) {
  RequestHead head;
  HeadProgress progress;
  return parse_head(text, head, progress);
}

}  // namespace

TEST_CASE("a request and what follows it") {
  RequestHead head;
  HeadProgress progress;
  const std::string text =
      "\r\nPUT /predictions/a%20b?x=1 HTTP/1.1\r\nHost: h\r\nCONTENT-type:  application/json \r\n"
      "Content-Length: 5\r\n\r\n";
  REQUIRE(parse_head(text + "body", head, progress) == 200);
  CHECK(progress.consumed == text.size());
  CHECK(head.method == "PUT");
  CHECK(head.path == "/predictions/a%20b");
  CHECK(head.header("Content-Type") == "application/json");
  CHECK_FALSE(head.header("accept"));
  CHECK(head.content_length == 5);
  CHECK(head.keep_alive);
}

TEST_CASE("an unfinished head needs more") {
  const std::string text = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK(status_of(text.substr(0, size)) == 0);
  CHECK(status_of(text) == 200);
}

TEST_CASE("a head that comes byte by byte") {
  const std::string text = "\r\n\nGET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\nrest";
  RequestHead head;
  HeadProgress progress;
  std::string unread;
  int status = 0;
  std::size_t taken = 0;
  while (status == 0) {
    REQUIRE(taken + unread.size() < text.size());
    unread += text[taken + unread.size()];
    status = parse_head(unread, head, progress);
    CHECK(progress.searched <= unread.size());
    unread.erase(0, progress.consumed);
    taken += progress.consumed;
  }
  CHECK(status == 200);
  CHECK(text.substr(taken) == "rest");
  CHECK(head.header("a") == "b");
}

TEST_CASE("empty lines are consumed before a request begins") {
  RequestHead head;
  HeadProgress progress;
  CHECK(parse_head("\r\n\n\r\n\r", head, progress) == 0);
  CHECK(progress.consumed == 5);
}

TEST_CASE("targets") {
  const auto path = [](const std::string& target) {
    RequestHead head;
    HeadProgress progress;
    parse_head("GET " + target + " HTTP/1.1\n\n", head, progress);
    return std::string(head.path);
  };
  CHECK(path("/?a=b") == "/");
  CHECK(path("http://h:1/health-check?x") == "/health-check");
  CHECK(path("http://h") == "/");
  CHECK(path("*") == "*");
  CHECK(path("/\xc3\xa9") == "/\xc3\xa9");
}

TEST_CASE("malformed heads are 400") {
  for (const std::string head :
       {"garbage\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET /a b HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nX : a\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n", "G\x01T / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nX: a\x01\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
    CAPTURE(head);
    CHECK(status_of(head) == 400);
  }
}

TEST_CASE("heads that are too large") {
  CHECK(status_of("GET /" + std::string(70000, 'a') + " HTTP/1.1\r\n\r\n") == 414);
  CHECK(status_of("GET / HTTP/1.1\r\nX: " + std::string(500000, 'a')) == 431);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 100; ++i) many += "X: y\r\n";
  CHECK(status_of(many + "\r\n") == 200);
  CHECK(status_of(many + "X: y\r\n\r\n") == 431);
}

TEST_CASE("how long the connection and the body are") {
  RequestHead head;
  HeadProgress progress;
  parse_head("GET / HTTP/1.1\r\nConnection: Upgrade, CLOSE\r\n\r\n", head, progress);
  CHECK_FALSE(head.keep_alive);
  parse_head("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", head, progress);
  CHECK(head.keep_alive);
  CHECK(head.minor_version == 0);
  parse_head(
      "POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: Chunked\r\nExpect: "
      "100-Continue\r\n\r\n",
      head, progress);
  CHECK(head.chunked);
  CHECK(head.content_length == 0);
  CHECK(head.expects_continue);
  CHECK_FALSE(head.keep_alive);  // Its length and its chunks may differ.
  parse_head("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", head, progress);
  CHECK(head.keep_alive);
}
