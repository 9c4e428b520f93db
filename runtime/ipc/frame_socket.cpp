// Frames over a Unix stream socket. Reads as much as there is into one buffer and
// hands out views of it; writes are gathered and leave in one send().
#include "runtime/ipc/frame_socket.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "schema/errno_text.hpp"

namespace cogpp::ipc {
namespace {

constexpr std::size_t kLengthBytes = 4;
/// Room for one receive: hundreds of small frames, and little to keep for each of
/// 256 idle slots.
constexpr std::size_t kReceiveBytes = 16 * 1024;
/// A buffer that grew beyond this is given back once it is empty.
constexpr std::size_t kKeptBytes = 1024 * 1024;

void wait_for(int fd, short events) {
  pollfd entry{fd, events, 0};
  while (::poll(&entry, 1, -1) < 0 && errno == EINTR) {
  }
}

std::uint32_t length_at(const char* bytes) {
  std::array<unsigned char, kLengthBytes> raw{};
  std::memcpy(raw.data(), bytes, kLengthBytes);
  return std::uint32_t{raw[0]} << 24 | std::uint32_t{raw[1]} << 16 | std::uint32_t{raw[2]} << 8 |
         std::uint32_t{raw[3]};
}

void give_back_if_large(std::string& buffer) {
  if (buffer.capacity() > kKeptBytes) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

FrameSocket::FrameSocket(int fd) : fd_(fd) {}

FrameSocket::FrameSocket(FrameSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      outgoing_(std::move(other.outgoing_)),
      incoming_(std::move(other.incoming_)),
      filled_(std::exchange(other.filled_, 0)),
      taken_(std::exchange(other.taken_, 0)) {
  other.outgoing_.clear();
  other.incoming_.clear();
}

FrameSocket& FrameSocket::operator=(FrameSocket&& other) noexcept {
  FrameSocket moved(std::move(other));
  std::swap(fd_, moved.fd_);
  std::swap(outgoing_, moved.outgoing_);
  std::swap(incoming_, moved.incoming_);
  std::swap(filled_, moved.filled_);
  std::swap(taken_, moved.taken_);
  return *this;
}

FrameSocket::~FrameSocket() { close(); }

Result<std::pair<FrameSocket, FrameSocket>> FrameSocket::pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return Error{"cannot make a socket pair: " + errno_text(errno)};
  }
  return std::pair(FrameSocket(ends[0]), FrameSocket(ends[1]));
}

void FrameSocket::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void FrameSocket::queue(std::string_view json) {
  const auto size = static_cast<std::uint32_t>(json.size());
  const std::array<char, kLengthBytes> length{
      static_cast<char>(size >> 24 & 0xff), static_cast<char>(size >> 16 & 0xff),
      static_cast<char>(size >> 8 & 0xff), static_cast<char>(size & 0xff)};
  outgoing_.reserve(outgoing_.size() + length.size() + json.size());  // A whole frame or none.
  outgoing_.append(length.data(), length.size());
  outgoing_.append(json);
}

Status FrameSocket::flush() { return write_buffer(0); }

Status FrameSocket::try_flush() { return write_buffer(MSG_DONTWAIT); }

Status FrameSocket::write_buffer(int flags) {
  std::size_t sent = 0;
  while (sent < outgoing_.size()) {
    const ssize_t count =
        ::send(fd_, outgoing_.data() + sent, outgoing_.size() - sent, MSG_NOSIGNAL | flags);
    if (count >= 0) {
      sent += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      if ((flags & MSG_DONTWAIT) != 0) {
        outgoing_.erase(0, sent);
        return {};
      }
      wait_for(fd_, POLLOUT);
    } else if (errno != EINTR) {
      const int number = errno;
      give_back_if_large(outgoing_);
      return Error{"cannot send to the other process: " + errno_text(number)};
    }
  }
  give_back_if_large(outgoing_);
  return {};
}

Status FrameSocket::send(std::string_view json) {
  queue(json);
  return flush();
}

// Gives out the next frame that is complete in the buffer; otherwise makes room for
// more of it.
FrameState FrameSocket::take_buffered(std::string_view& frame) {
  const std::size_t held = filled_ - taken_;
  if (held == 0) {
    filled_ = taken_ = 0;
    if (incoming_.capacity() > kKeptBytes) std::string().swap(incoming_);
  }
  std::size_t needed = kReceiveBytes;
  if (held >= kLengthBytes) {
    const std::uint32_t length = length_at(incoming_.data() + taken_);
    if (length > kMaxFrameBytes) return FrameState::kBroken;
    if (held - kLengthBytes >= length) {
      frame = std::string_view(incoming_).substr(taken_ + kLengthBytes, length);
      taken_ += kLengthBytes + length;
      return FrameState::kFrame;
    }
    // Doubles with what arrived instead of trusting the announced length.
    needed = std::max(needed, std::min(kLengthBytes + length, 2 * held + kReceiveBytes));
  }
  if (taken_ > 0) {
    std::memmove(incoming_.data(), incoming_.data() + taken_, held);
    filled_ = held;
    taken_ = 0;
  }
  if (incoming_.size() < needed) incoming_.resize(needed);
  return FrameState::kNothing;
}

FrameState FrameSocket::receive(int flags) {
  while (true) {
    const ssize_t count =
        ::recv(fd_, incoming_.data() + filled_, incoming_.size() - filled_, flags);
    if (count > 0) {
      filled_ += static_cast<std::size_t>(count);
      return FrameState::kFrame;
    }
    if (count == 0) return FrameState::kClosed;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return FrameState::kNothing;
    if (errno != EINTR) return FrameState::kClosed;
  }
}

FrameState FrameSocket::poll_frame(std::string_view& frame) {
  while (true) {
    const FrameState buffered = take_buffered(frame);
    if (buffered != FrameState::kNothing) return buffered;
    const FrameState received = receive(MSG_DONTWAIT);
    if (received != FrameState::kFrame) return received;
  }
}

FrameState FrameSocket::wait_frame(std::string_view& frame) {
  while (true) {
    const FrameState buffered = take_buffered(frame);
    if (buffered != FrameState::kNothing) return buffered;
    const FrameState received = receive(0);
    if (received == FrameState::kNothing) {
      wait_for(fd_, POLLIN);  // somebody made the descriptor non-blocking
    } else if (received != FrameState::kFrame) {
      return received;
    }
  }
}

}  // namespace cogpp::ipc
