// Host names to addresses, in a way that a stop request can leave, and the question
// whether an address belongs to a private network. Any thread.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <string>
#include <vector>

#include "runtime/server/client/stop_signal.hpp"
#include "schema/result.hpp"

namespace cogpp::server::client {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

inline constexpr std::chrono::minutes kLookupLimit{2};  // resolv.conf's own limits are shorter.

/// Addresses of `host` in the system's order, with `port`. The error is
/// "[Errno -2] Name or service not known", as Python words it.
Result<std::vector<Address>> resolve(const std::string& host, int port, const StopSignal& stop,
                                     std::chrono::milliseconds limit = kLookupLimit);

/// Whether `address` is anything but a public unicast address: loopback, link-local,
/// private, shared, multicast, reserved, or an IPv4 one of these inside IPv6.
bool is_private(const Address& address);

}  // namespace cogpp::server::client
