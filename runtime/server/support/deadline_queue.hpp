// Runs functions at given times on one thread of its own, which sleeps until the next.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// Any thread. The destructor drops what is not yet due and waits for what runs.
class DeadlineQueue {
 public:
  DeadlineQueue();
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;
  ~DeadlineQueue();

  /// Runs `action` at `time`, or as soon as can be when that has passed; those of one
  /// time in the order of the calls. It must neither throw nor take long, and may call at().
  void at(SteadyTime time, std::function<void()> action);
  void soon(std::function<void()> action) { at(SteadyTime::min(), std::move(action)); }

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::multimap<SteadyTime, std::function<void()>> actions_;
  bool stopping_ = false;
  std::thread thread_;  ///< Last: it uses the others.
};

}  // namespace cogpp::server
