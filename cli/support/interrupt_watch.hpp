// Ctrl-C while the main thread waits for something that cannot wait for it as well.
#pragma once

#include <functional>
#include <thread>

#include "cli/support/files.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {

/// While it lives, a thread of its own waits for a signal too and then calls `stop` once.
/// The signal stays pending for whoever takes it.
class InterruptWatch {
 public:
  InterruptWatch(const Interrupt& interrupt, std::function<void()> stop);
  ~InterruptWatch();
  InterruptWatch(const InterruptWatch&) = delete;
  InterruptWatch& operator=(const InterruptWatch&) = delete;

 private:
  const Descriptor ended_;  ///< Readable: nobody needs it any more.
  std::jthread thread_;
};

}  // namespace cogpp::cli
