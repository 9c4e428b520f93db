// The reader must see the same response however the bytes are cut: a measuring tool
// that miscounts is worse than none.
#include "bench/load/response.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>
#include <string_view>

namespace cogpp::bench {
namespace {

/// Feeds `text` in two pieces cut at `cut`, then nothing more.
std::size_t feed_cut(ResponseReader& reader, std::string_view text, std::size_t cut) {
  reader.reset();
  std::size_t taken = reader.feed(text.substr(0, cut));
  if (!reader.done()) {
    taken += reader.feed(text.substr(cut));
  }
  return taken;
}

TEST_CASE("a body with a length is read whole wherever it is cut") {
  const std::string text =
      "HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nCONTENT-LENGTH: 5\r\n\r\nhello";
  ResponseReader reader;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(feed_cut(reader, text, cut) == text.size());
    CHECK(reader.done());
    CHECK(reader.status() == 409);
    CHECK(reader.body_bytes() == 5);
    CHECK(reader.tail() == "hello");
    CHECK_FALSE(reader.closes());
  }
}

TEST_CASE("bytes after the response are not taken") {
  ResponseReader reader;
  const std::string_view text = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n";
  CHECK(reader.feed(text) == text.find("HTTP/1.1", 1));
  CHECK(reader.done());
}

TEST_CASE("chunked events are counted wherever they are cut") {
  const std::string text =
      "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
      "1c\r\nevent: start\ndata: {\"a\":1}\n\n\r\n"
      "1B;x=y\r\nevent: output\ndata: \"one\"\n\n\r\n"
      "37\r\nevent: output\ndata: \"event: output\"\n\nevent: error\ndata:\r\n"
      "5\r\n {}\n\n\r\n"
      "0\r\n\r\n";
  ResponseReader reader;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    CHECK(feed_cut(reader, text, cut) == text.size());
    REQUIRE(reader.done());
    CHECK(reader.events().outputs() == 2);
    CHECK(reader.events().errors() == 1);
    CHECK(reader.body_bytes() == 0x1c + 0x1b + 0x37 + 5);
  }
}

TEST_CASE("only a body without a length may end with the connection") {
  ResponseReader reader;
  reader.feed("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  CHECK_FALSE(reader.done());
  reader.end_of_stream();
  CHECK(reader.done());
  CHECK(reader.closes());

  reader.reset();
  reader.feed("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort");
  reader.end_of_stream();
  CHECK(reader.broken());
}

TEST_CASE("what is not HTTP breaks the reader") {
  ResponseReader reader;
  reader.feed("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  CHECK(reader.broken());

  reader.reset();
  reader.feed("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n");
  CHECK(reader.broken());
}

TEST_CASE("the tail keeps the end of a long body") {
  ResponseReader reader;
  const std::string body = std::string(100'000, 'x') + "\"status\":\"succeeded\"}";
  const std::string text =
      "HTTP/1.1 200 OK\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t at = 0; at < text.size(); at += 777) {
    reader.feed(std::string_view(text).substr(at, 777));
  }
  CHECK(reader.done());
  CHECK(reader.tail().size() == ResponseReader::kTailBytes);
  CHECK(reader.tail().ends_with("\"status\":\"succeeded\"}"));
}

}  // namespace
}  // namespace cogpp::bench
