// Ctrl-C and friends as a file descriptor, so that the program is never torn
// apart in the middle: whoever waits, waits for this descriptor as well.
#pragma once

#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// SIGINT, SIGTERM and SIGHUP, blocked for the process while this lives. Made once
/// by main() before any thread starts; used by the main thread.
class Interrupt {
 public:
  static Result<Interrupt> create();

  /// Readable once a signal is pending.
  int fd() const { return fd_.get(); }
  /// Takes the pending signal; 0 when there is none.
  int take() const;

 private:
  explicit Interrupt(Descriptor fd) : fd_(std::move(fd)) {}
  Descriptor fd_;
};

/// Whether a signal for an Interrupt waits; it stays. Never without one. Whoever reads or copies
/// what may be large asks between two pieces, since nobody takes a signal meanwhile. Any thread.
bool interrupt_pending();

}  // namespace cogpp::cli
