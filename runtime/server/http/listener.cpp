// socket, bind, listen, and the port that came out of it.
#include "runtime/server/http/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace cogpp::server {
namespace {

constexpr int kBacklog = 1024;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

Result<Address> parse_address(const std::string& host, int port) {
  Address address;
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&address.storage, &v4, sizeof v4);
    address.size = sizeof v4;
    return address;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    std::memcpy(&address.storage, &v6, sizeof v6);
    address.size = sizeof v6;
    return address;
  }
  return Error{"invalid socket address syntax: --host '" + host +
               "' is not an IPv4 or IPv6 address, as 127.0.0.1 or ::"};
}

int port_of(int socket) {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) != 0) return 0;
  if (bound.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
  }
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

}  // namespace

Result<Listener> open_listener(const std::string& host, int port) {
  const auto address = parse_address(host, port);
  if (!address) return address.error();
  UniqueFd socket(
      ::socket(address->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address->storage), address->size) !=
          0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    const int number = errno;
    return Error{"cannot listen on " + host + ":" + std::to_string(port) + ": " +
                 std::generic_category().message(number) + " (os error " + std::to_string(number) +
                 "); choose another --port or $PORT"};
  }
  const int bound = port_of(socket.get());
  return Listener{std::move(socket), bound};
}

}  // namespace cogpp::server
