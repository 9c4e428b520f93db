// Client connection; see the header.
#include "bench/load/connection.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

namespace cogpp::bench {

Connection::Connection(Connection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      unsent_(other.unsent_),
      response_(std::move(other.response_)) {}

Connection::~Connection() { close(); }

void Connection::close() {
  if (fd_ >= 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

Status Connection::open(std::uint16_t port) {
  close();
  unsent_ = {};
  fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Error{"Cannot connect to 127.0.0.1:" + std::to_string(port) + ": " +
                 std::strerror(errno)};
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
  return {};
}

Progress Connection::send(std::string_view request) {
  response_.reset();
  unsent_ = request;
  return continue_sending();
}

Progress Connection::continue_sending() {
  while (!unsent_.empty()) {
    const ssize_t sent = ::send(fd_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      unsent_.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      return Progress::kWaiting;
    } else if (errno != EINTR) {
      return Progress::kClosed;
    }
  }
  return Progress::kWaiting;
}

Progress Connection::receive(std::span<char> buffer) {
  while (true) {
    const ssize_t count = ::recv(fd_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno == EAGAIN) {
      return Progress::kWaiting;
    }
    if (count <= 0) {
      response_.end_of_stream();
      return response_.done() ? Progress::kResponse : Progress::kClosed;
    }
    const auto size = static_cast<std::size_t>(count);
    response_.feed({buffer.data(), size});
    if (response_.done()) {
      return Progress::kResponse;
    }
    if (response_.broken()) {
      return Progress::kClosed;
    }
    if (size < buffer.size()) {
      return Progress::kWaiting;
    }
  }
}

}  // namespace cogpp::bench
