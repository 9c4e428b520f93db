// getaddrinfo() cannot be interrupted, so it runs as glibc's own asynchronous
// request; the waiter leaves on a stop, and the completion, whenever it comes,
// frees the request.
#include "runtime/server/client/resolve.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <memory>

namespace cogpp::server::client {
namespace {

/// One lookup. Shared by the waiter and glibc's completion thread.
struct Lookup {
  std::string host;
  addrinfo hints{};
  gaicb request{};
  int done = -1;  ///< An eventfd, readable once the request has ended.

  Lookup() = default;
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;
  ~Lookup() {
    if (request.ar_result != nullptr) freeaddrinfo(request.ar_result);
    if (done >= 0) ::close(done);
  }
};

void on_done(sigval value) {
  const std::unique_ptr<std::shared_ptr<Lookup>> lookup(
      static_cast<std::shared_ptr<Lookup>*>(value.sival_ptr));
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write((*lookup)->done, &one, sizeof one);
}

Error lookup_error(int code) {
  return Error{"[Errno " + std::to_string(code) + "] " + gai_strerror(code)};
}

/// Starts the request; its error is a getaddrinfo code.
int start(const std::shared_ptr<Lookup>& lookup) {
  lookup->done = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (lookup->done < 0) return EAI_SYSTEM;
  lookup->request.ar_name = lookup->host.c_str();
  lookup->request.ar_request = &lookup->hints;
  auto kept = std::make_unique<std::shared_ptr<Lookup>>(lookup);
  sigevent event{};
  event.sigev_notify = SIGEV_THREAD;
  event.sigev_notify_function = on_done;
  event.sigev_value.sival_ptr = kept.get();
  std::array<gaicb*, 1> requests = {&lookup->request};
  const int code = getaddrinfo_a(GAI_NOWAIT, requests.data(), 1, &event);
  if (code == 0) [[maybe_unused]]
    auto* owned_by_on_done = kept.release();
  return code;
}

std::vector<Address> addresses_of(const addrinfo* list, int port) {
  std::vector<Address> addresses;
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family != AF_INET && entry->ai_family != AF_INET6) continue;
    Address address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.size = entry->ai_addrlen;
    const std::uint16_t wire_port = htons(static_cast<std::uint16_t>(port));
    if (entry->ai_family == AF_INET) {
      reinterpret_cast<sockaddr_in*>(&address.storage)->sin_port = wire_port;
    } else {
      reinterpret_cast<sockaddr_in6*>(&address.storage)->sin6_port = wire_port;
    }
    addresses.push_back(address);
  }
  return addresses;
}

struct Block {
  std::uint32_t network;
  int bits;
};

// IANA's special-purpose registry, IPv4.
constexpr std::array<Block, 12> kPrivateBlocks = {{{0x00000000, 8},
                                                   {0x0A000000, 8},
                                                   {0x64400000, 10},
                                                   {0x7F000000, 8},
                                                   {0xA9FE0000, 16},
                                                   {0xAC100000, 12},
                                                   {0xC0000000, 24},
                                                   {0xC0000200, 24},
                                                   {0xC0A80000, 16},
                                                   {0xC6120000, 15},
                                                   {0xCB007100, 24},
                                                   {0xE0000000, 3}}};

bool is_private_v4(std::uint32_t address) {
  for (const Block& block : kPrivateBlocks) {
    if ((address ^ block.network) >> (32 - block.bits) == 0) return true;
  }
  return false;
}

bool is_private_v6(const in6_addr& address) {
  const std::uint8_t* bytes = address.s6_addr;
  const auto v4_at = [&](int i) {
    return static_cast<std::uint32_t>(bytes[i]) << 24 |
           static_cast<std::uint32_t>(bytes[i + 1]) << 16 |
           static_cast<std::uint32_t>(bytes[i + 2]) << 8 | bytes[i + 3];
  };
  if (IN6_IS_ADDR_V4MAPPED(&address)) return is_private_v4(v4_at(12));
  const bool nat64 = v4_at(0) == 0x0064FF9B && v4_at(4) == 0 && v4_at(8) == 0;
  if (nat64) return is_private_v4(v4_at(12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private_v4(v4_at(2));  // 6to4
  return (bytes[0] & 0xE0U) != 0x20;  // Public unicast is 2000::/3.
}

}  // namespace

Result<std::vector<Address>> resolve(const std::string& host, int port, const StopSignal& stop,
                                     std::chrono::milliseconds limit) {
  auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  lookup->hints.ai_socktype = SOCK_STREAM;
  lookup->hints.ai_flags = AI_NUMERICHOST;
  addrinfo* literal = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &lookup->hints, &literal) == 0) {
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(literal, freeaddrinfo);
    return addresses_of(literal, port);
  }
  lookup->hints.ai_flags = AI_ADDRCONFIG;
#if defined(__SANITIZE_THREAD__)
  // glibc starts the thread of an asynchronous lookup behind ThreadSanitizer's back, and the
  // first allocation there crashes it: in such a build a lookup cannot be interrupted.
  const int waited = getaddrinfo(host.c_str(), nullptr, &lookup->hints, &lookup->request.ar_result);
  return waited == 0 ? Result(addresses_of(lookup->request.ar_result, port)) : lookup_error(waited);
#endif
  if (const int code = start(lookup); code != 0) return lookup_error(code);
  if (stop.wait(lookup->done, POLLIN, limit) != Wait::kReady) {
    gai_cancel(&lookup->request);
    return lookup_error(EAI_CANCELED);
  }
  if (const int code = gai_error(&lookup->request); code != 0) return lookup_error(code);
  return addresses_of(lookup->request.ar_result, port);
}

bool is_private(const Address& address) {
  if (address.storage.ss_family == AF_INET) {
    return is_private_v4(
        ntohl(reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr.s_addr));
  }
  return is_private_v6(reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr);
}

}  // namespace cogpp::server::client
