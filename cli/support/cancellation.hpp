// A word from the main thread to its workers: stop what you do. Any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace cogpp::cli {

class Cancellation {
 public:
  void cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }

  bool cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  /// Sleeps. False at once when cancelled.
  bool sleep(std::chrono::milliseconds time) const {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, time, [this] { return cancelled_; });
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool cancelled_ = false;  // under mutex_
};

}  // namespace cogpp::cli
