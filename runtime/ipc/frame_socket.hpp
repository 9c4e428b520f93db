// One end of a Unix stream socket that carries frames: a 4-byte big-endian length,
// then that many bytes of JSON text.
//
// Not thread-safe, except that one thread may send while another receives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "schema/result.hpp"

namespace cogpp::ipc {

/// Largest accepted frame; a longer length means the peer is broken. Above the
/// output limit of a prediction (256 MiB) plus its JSON escapes.
inline constexpr std::uint32_t kMaxFrameBytes = 1U << 30;

/// What a look at the socket found. kClosed: the peer is gone, even in the middle of
/// a frame. kBroken: the length is beyond kMaxFrameBytes, so the peer is no cogpp.
enum class FrameState { kFrame, kNothing, kClosed, kBroken };

/// Owns its file descriptor.
class FrameSocket {
 public:
  explicit FrameSocket(int fd);
  FrameSocket(FrameSocket&& other) noexcept;
  FrameSocket& operator=(FrameSocket&& other) noexcept;
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;
  ~FrameSocket();

  /// A connected pair: first stays here, second's descriptor is inherited by a
  /// child (close-on-exec is set on both; the spawner clears it for the child).
  static Result<std::pair<FrameSocket, FrameSocket>> pair();

  int fd() const { return fd_; }
  void close();

  /// Appends a frame to the send buffer; flush() writes it. Small frames that
  /// belong together (an output and its end) thus leave in one system call. Without memory
  /// for all of it (std::bad_alloc) none is there.
  void queue(std::string_view json);
  /// Writes the buffer, waiting for the peer if its buffer is full. Fails when the
  /// peer is gone (EPIPE; SIGPIPE is never raised).
  Status flush();
  /// Writes what the peer has room for, without waiting; the rest stays for the next
  /// call. Fails as flush() does.
  Status try_flush();
  /// Bytes in the send buffer.
  std::size_t unsent() const { return outgoing_.size(); }
  Status send(std::string_view json);

  /// Takes the next complete frame without waiting. kNothing: none is complete yet;
  /// poll fd() for input. `frame` stays valid until the next call.
  FrameState poll_frame(std::string_view& frame);
  /// Waits for the next frame.
  FrameState wait_frame(std::string_view& frame);

 private:
  Status write_buffer(int flags);
  FrameState take_buffered(std::string_view& frame);
  FrameState receive(int flags);

  int fd_ = -1;
  std::string outgoing_;
  std::string incoming_;    ///< Its size is the room for received bytes.
  std::size_t filled_ = 0;  ///< Bytes of incoming_ that were received.
  std::size_t taken_ = 0;   ///< Bytes of incoming_ already given out.
};

}  // namespace cogpp::ipc
