// The thread sleeps in poll(2) over the signals' descriptor and one that ends it.
#include "cli/support/interrupt_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <utility>

namespace cogpp::cli {

InterruptWatch::InterruptWatch(const Interrupt& interrupt, std::function<void()> stop)
    : ended_(::eventfd(0, EFD_CLOEXEC)),
      thread_([signals = interrupt.fd(), ended = ended_.get(), stop = std::move(stop)] {
        std::array<pollfd, 2> waits = {{{signals, POLLIN, 0}, {ended, POLLIN, 0}}};
        while (::poll(waits.data(), waits.size(), -1) < 0 && errno == EINTR) continue;
        if (waits[0].revents != 0) stop();
      }) {}

InterruptWatch::~InterruptWatch() {
  const std::uint64_t one = 1;
  static_cast<void>(::write(ended_.get(), &one, sizeof one));
}

}  // namespace cogpp::cli
