// A stop request as something that poll(2) waits for together with a socket, so that
// a cancelled prediction leaves every blocking step at once (cog-runtime §5.2).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>

#include "schema/result.hpp"

namespace cogpp::server::client {

/// How a wait ended.
enum class Wait { kReady, kTimeout, kStopped };

/// Raised from any thread through its stop token; any number of threads may wait.
class StopSignal {
 public:
  static Result<std::unique_ptr<StopSignal>> create(std::stop_token stop);
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool raised() const { return stop_.stop_requested(); }
  /// Waits until `fd` shows one of poll's `events` or an error.
  Wait wait(int fd, short events, std::chrono::milliseconds timeout) const;

 private:
  StopSignal(int fd, std::stop_token stop);

  /// Closes its descriptor; declared before callback_, so closed after that is gone.
  struct Descriptor {
    int fd;
    explicit Descriptor(int opened) : fd(opened) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor();
  };

  Descriptor event_;  ///< An eventfd: readable for ever once the stop was requested.
  std::stop_token stop_;
  std::stop_callback<std::function<void()>> callback_;
};

}  // namespace cogpp::server::client
