// Wakes a thread that sits in poll(2): an eventfd that one side signals and the
// other polls and clears. Any thread.
#pragma once

#include <sys/eventfd.h>

#include <cstdint>

#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {

class WakeFd {
 public:
  WakeFd() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

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
