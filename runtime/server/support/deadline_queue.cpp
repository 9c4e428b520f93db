// A sorted map under one mutex; the thread waits for its first entry.
#include "runtime/server/support/deadline_queue.hpp"

#include <utility>

namespace cogpp::server {

DeadlineQueue::DeadlineQueue() : thread_([this] { run(); }) {}

DeadlineQueue::~DeadlineQueue() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void DeadlineQueue::at(SteadyTime time, std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  const auto entry = actions_.emplace(time, std::move(action));
  if (entry == actions_.begin()) changed_.notify_one();
}

void DeadlineQueue::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (actions_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const SteadyTime next = actions_.begin()->first;
    if (next > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, next);
      continue;
    }
    auto action = std::move(actions_.extract(actions_.begin()).mapped());
    lock.unlock();
    action();
    action = nullptr;  // What it captured ends here, without the lock.
    lock.lock();
  }
}

}  // namespace cogpp::server
