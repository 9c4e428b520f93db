// The floor under every number of this folder: answers each read with the same
// bytes from one epoll thread, parsing nothing. No server can be faster here.
// Usage: bench-floor; prints the port that it listens on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string>

namespace {

// The size and shape of a no-op prediction's answer.
const std::string& answer() {
  static const std::string body =
      R"({"id":"pred_18a6d5f0c3b2a190","logs":"","metrics":{"predict_time":0.000012},)"
      R"("output":"hello world","status":"succeeded"})";
  static const std::string whole =
      "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: " +
      std::to_string(body.size()) + "\r\ndate: Sat, 21 Nov 2026 00:00:00 GMT\r\n\r\n" + body;
  return whole;
}

int listen_on_any_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, generic, size) != 0 || ::listen(fd, SOMAXCONN) != 0 ||
      ::getsockname(fd, generic, &size) != 0) {
    std::perror("bench-floor: cannot listen on 127.0.0.1");
    return -1;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return fd;
}

void watch(int epoll, int fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

void accept_one(int epoll, int listener) {
  const int client = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) {
    return;
  }
  const int on = 1;
  ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  watch(epoll, client);
}

void answer_one(int client) {
  std::array<char, 64 * 1024> request;
  if (::recv(client, request.data(), request.size(), 0) <= 0 ||
      ::send(client, answer().data(), answer().size(), MSG_NOSIGNAL) < 0) {
    ::close(client);
  }
}

}  // namespace

int main() {
  const int listener = listen_on_any_port();
  const int epoll = ::epoll_create1(EPOLL_CLOEXEC);
  if (listener < 0 || epoll < 0) {
    return 1;
  }
  watch(epoll, listener);
  std::array<epoll_event, 128> events;
  while (true) {
    const int count = ::epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == listener) {
        accept_one(epoll, listener);
      } else {
        answer_one(fd);
      }
    }
  }
}
