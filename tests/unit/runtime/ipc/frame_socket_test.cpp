// Frames through a real socket pair.
#include "runtime/ipc/frame_socket.hpp"

#include <sys/socket.h>

#include <array>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <string>
#include <thread>

namespace cogpp::ipc {
namespace {

struct Ends {
  FrameSocket left;
  FrameSocket right;
};

Ends make_ends() {
  auto ends = FrameSocket::pair();
  REQUIRE(ends);
  return {std::move(ends->first), std::move(ends->second)};
}

void write_raw(const FrameSocket& socket, const std::string& bytes) {
  REQUIRE(::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(bytes.size()));
}

TEST_CASE("queued frames leave in one piece and arrive in order") {
  Ends ends = make_ends();
  std::string_view frame;
  CHECK(ends.right.poll_frame(frame) == FrameState::kNothing);
  ends.left.queue("one");
  ends.left.queue("");
  ends.left.queue("three");
  CHECK(ends.right.poll_frame(frame) == FrameState::kNothing);
  REQUIRE(ends.left.flush());
  REQUIRE(ends.right.poll_frame(frame) == FrameState::kFrame);
  CHECK(frame == "one");
  REQUIRE(ends.right.poll_frame(frame) == FrameState::kFrame);
  CHECK(frame.empty());
  REQUIRE(ends.right.wait_frame(frame) == FrameState::kFrame);
  CHECK(frame == "three");
  CHECK(ends.right.poll_frame(frame) == FrameState::kNothing);
}

TEST_CASE("a frame on the wire is a big-endian length and its bytes") {
  Ends ends = make_ends();
  REQUIRE(ends.left.send("{}"));
  std::array<char, 8> bytes{};
  REQUIRE(::recv(ends.right.fd(), bytes.data(), bytes.size(), 0) == 6);
  CHECK(std::string(bytes.data(), 6) == std::string("\0\0\0\2{}", 6));
}

TEST_CASE("a frame that arrives in pieces is given out once it is whole") {
  Ends ends = make_ends();
  std::string_view frame;
  const std::string bytes("\0\0\0\5hello\0\0\0\1x", 14);
  for (std::size_t at = 0; at < 8; ++at) {
    write_raw(ends.left, bytes.substr(at, 1));
    CHECK(ends.right.poll_frame(frame) == FrameState::kNothing);
  }
  write_raw(ends.left, bytes.substr(8));
  REQUIRE(ends.right.poll_frame(frame) == FrameState::kFrame);
  CHECK(frame == "hello");
  REQUIRE(ends.right.poll_frame(frame) == FrameState::kFrame);
  CHECK(frame == "x");
}

TEST_CASE("frames larger than every buffer survive both directions at once") {
  Ends ends = make_ends();
  const std::string large(20'000'000, 'a');
  std::atomic<int> sent = 0;  // Catch2's checks are for one thread.
  std::thread sender([&] {
    for (int i = 0; i < 3; ++i) sent += ends.left.send(large + std::to_string(i)) ? 1 : 0;
  });
  std::thread echo([&] { sent += ends.right.send(large) ? 1 : 0; });
  std::string_view frame;
  for (int i = 0; i < 3; ++i) {
    REQUIRE(ends.right.wait_frame(frame) == FrameState::kFrame);
    CHECK(frame.size() == large.size() + 1);
    CHECK(frame.back() == static_cast<char>('0' + i));
  }
  REQUIRE(ends.left.wait_frame(frame) == FrameState::kFrame);
  CHECK(frame == large);
  sender.join();
  echo.join();
  CHECK(sent == 4);
}

TEST_CASE("who does not wait keeps what a deaf peer has no room for") {
  Ends ends = make_ends();
  const std::string part(50'000, 'a');
  for (int i = 0; i < 40; ++i) {
    ends.left.queue(part + std::to_string(i));
    REQUIRE(ends.left.try_flush());
  }
  CHECK(ends.left.unsent() > 0);
  std::string_view frame;
  for (int i = 0; i < 40; ++i) {
    while (ends.right.poll_frame(frame) == FrameState::kNothing) REQUIRE(ends.left.try_flush());
    REQUIRE(frame == part + std::to_string(i));
  }
  CHECK(ends.left.unsent() == 0);
  ends.right.close();
  ends.left.queue("x");
  CHECK_FALSE(ends.left.try_flush());
}

TEST_CASE("a closed peer is reported to both the reader and the writer") {
  Ends ends = make_ends();
  REQUIRE(ends.left.send("last"));
  ends.left.close();
  std::string_view frame;
  REQUIRE(ends.right.wait_frame(frame) == FrameState::kFrame);
  CHECK(frame == "last");
  CHECK(ends.right.wait_frame(frame) == FrameState::kClosed);
  CHECK(ends.right.poll_frame(frame) == FrameState::kClosed);
  const Status sent = ends.right.send("x");
  REQUIRE_FALSE(sent);
  CHECK(sent.error().message == "cannot send to the other process: Broken pipe");
}

TEST_CASE("a peer that ends in the middle of a frame is closed, a mad length is broken") {
  Ends cut = make_ends();
  write_raw(cut.left, std::string("\0\0\0\5he", 6));
  cut.left.close();
  std::string_view frame;
  CHECK(cut.right.wait_frame(frame) == FrameState::kClosed);

  Ends mad = make_ends();
  write_raw(mad.left, "HTTP/1.1 200 OK");
  CHECK(mad.right.wait_frame(frame) == FrameState::kBroken);
}

TEST_CASE("moving a socket moves its buffered frames") {
  Ends ends = make_ends();
  ends.left.queue("a");
  FrameSocket left = std::move(ends.left);
  REQUIRE(left.flush());
  REQUIRE(left.send("b"));
  std::string_view frame;
  REQUIRE(ends.right.wait_frame(frame) == FrameState::kFrame);
  FrameSocket right(-1);
  right = std::move(ends.right);
  REQUIRE(right.wait_frame(frame) == FrameState::kFrame);
  CHECK(frame == "b");
  CHECK(ends.right.fd() == -1);
}

}  // namespace
}  // namespace cogpp::ipc
