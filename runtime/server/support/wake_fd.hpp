// Wakes a thread that sits in poll(2): an eventfd that one side signals and the
// other polls and clears. Any thread.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>

#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {

/// What to tell the client of a prediction that cannot wait.
inline constexpr const char* kNoDescriptor =
    "The server has no file descriptor left; try again, or raise its limit (ulimit -n)";

class WakeFd {
 public:
  WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  /// -1: this process has no descriptor left, and nobody will be woken.
  int fd() const { return fd_.get(); }
  void signal() {
    const std::uint64_t one = 1;
    // Fails only when the counter is full, and then the reader is awake anyway.
    [[maybe_unused]] const auto count = ::write(fd_.get(), &one, sizeof one);
  }
  void clear() {
    std::uint64_t value = 0;
    [[maybe_unused]] const auto count = ::read(fd_.get(), &value, sizeof value);
  }

 private:
  UniqueFd fd_;
};

}  // namespace cogpp::server
