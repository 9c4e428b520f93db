// A table of what is open when all slots, webhooks and connections are busy.
#include "runtime/server/support/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>

namespace cogpp::server {
namespace {

/// Standard streams, listener, epoll, signals, the drivers of GPUs, files read at times.
constexpr std::size_t kBase = 64;
/// 64 deliveries with a connection and a stop signal each, and 64 kept connections.
constexpr std::size_t kWebhooks = 192;
/// Control socket, pipes and process of a worker and of the one that replaces it.
constexpr std::size_t kPerReplica = 8;
/// Its place in the child, and both ends of its socket while a worker starts.
constexpr std::size_t kPerSlotStarting = 3;
/// Its socket and that of a worker given up, its wait for files, and a few files with
/// their connections. Of more at a time, what finds no descriptor fails with that reason.
constexpr std::size_t kPerSlot = 10;
/// Its socket, and its wait for a turn or for events.
constexpr std::size_t kPerConnection = 2;

std::size_t set_aside(const DescriptorNeeds& needs) {
  return kBase + kWebhooks + kPerSlotStarting * needs.slots +
         needs.replicas * (kPerReplica + kPerSlot * needs.slots);
}

}  // namespace

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t descriptor_limit() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

Result<std::size_t> connection_limit(std::size_t limit, const DescriptorNeeds& needs) {
  const std::size_t aside = set_aside(needs);
  const std::size_t least = aside + kPerConnection * kLeastConnections;
  if (limit < least) {
    return Error{"this process may open " + std::to_string(limit) + " files; --concurrency " +
                 std::to_string(needs.slots) + " with --replicas " +
                 std::to_string(needs.replicas) + " needs " + std::to_string(least) +
                 ": raise the limit (ulimit -n), or lower these"};
  }
  return std::min(kMaxConnections, (limit - aside) / kPerConnection);
}

}  // namespace cogpp::server
