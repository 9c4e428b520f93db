// The stop callback writes to an eventfd that nobody ever reads.
#include "runtime/server/client/stop_signal.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

namespace cogpp::server::client {

Result<std::unique_ptr<StopSignal>> StopSignal::create(std::stop_token stop) {
  const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return Error{"cannot start a download: eventfd: " + std::string(strerror(errno))};
  return std::unique_ptr<StopSignal>(new StopSignal(fd, std::move(stop)));
}

StopSignal::StopSignal(int fd, std::stop_token stop)
    : event_(fd), stop_(std::move(stop)), callback_(stop_, [fd] {
        const std::uint64_t one = 1;
        // Fails only when the counter is full, and then the signal stands anyway.
        [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
      }) {}

StopSignal::Descriptor::~Descriptor() { ::close(fd); }

Wait StopSignal::wait(int fd, short events, std::chrono::milliseconds timeout) const {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    std::array<pollfd, 2> polled = {{{fd, events, 0}, {event_.fd, POLLIN, 0}}};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return raised() ? Wait::kStopped : Wait::kTimeout;
    const int ready = ::poll(polled.data(), polled.size(), static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (raised()) return Wait::kStopped;
    if (polled[0].revents != 0) return Wait::kReady;
    if (ready < 0) return Wait::kTimeout;
  }
}

}  // namespace cogpp::server::client
