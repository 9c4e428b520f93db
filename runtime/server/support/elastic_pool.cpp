// A queue with threads that come and go. A thread that ends moves its own handle
// to ended_, and the next submit (or the destructor) joins it: nothing is detached.
#include "runtime/server/support/elastic_pool.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "runtime/server/support/memory.hpp"

namespace cogpp::server {

ElasticPool::ElasticPool(Limits limits) : limits_(limits) {}

ElasticPool::~ElasticPool() {
  std::unique_lock lock(mutex_);
  stopping_ = true;
  wake_.notify_all();
  wake_.wait(lock, [this] { return threads_.empty(); });
  reap_ended();
}

void ElasticPool::submit(std::function<void()> task) {
  const std::lock_guard lock(mutex_);
  reap_ended();
  tasks_.push_back(std::move(task));
  if (idle_ >= tasks_.size()) {
    wake_.notify_one();
    return;
  }
  if (threads_.size() >= limits_.threads) return;
  const Thread self = threads_.emplace(threads_.end());
  try {
    *self = std::thread([this, self] { work(self); });
  } catch (const std::system_error&) {
    threads_.erase(self);
    // Out of threads: a running one takes the task. With none at all it is done here.
    if (threads_.empty()) {
      auto own = std::move(tasks_.back());
      tasks_.pop_back();
      own();
    }
  }
}

std::size_t ElasticPool::threads() const {
  const std::lock_guard lock(mutex_);
  return threads_.size();
}

void ElasticPool::work(Thread self) {
  std::uint64_t seen = large_ends();
  std::unique_lock lock(mutex_);
  while (true) {
    const bool woken = wait_for_task(lock, seen);
    if (tasks_.empty() && (stopping_ || !woken)) break;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // What it captured ends here, not after the next task.
    lock.lock();
  }
  ended_.splice(ended_.end(), threads_, self);
  if (stopping_ && threads_.empty()) wake_.notify_all();
}

// A thread's own heap is given back by that thread alone, and what it allocated may be freed by
// another one while it rests. So it looks again, after twice the time each time.
bool ElasticPool::wait_for_task(std::unique_lock<std::mutex>& lock, std::uint64_t& seen) {
  auto pause = limits_.rest;
  for (auto left = limits_.idle; left.count() > 0; pause *= 2) {
    const auto time = std::min(pause, left);
    ++idle_;
    const bool come = wake_.wait_for(lock, time, [this] { return stopping_ || !tasks_.empty(); });
    --idle_;
    if (come) return true;
    left -= time;
    // Not idle meanwhile: nobody should wait for it.
    lock.unlock();
    give_back_after_large_ends(seen);
    lock.lock();
  }
  return false;
}

void ElasticPool::reap_ended() {
  for (auto& thread : ended_) thread.join();
  ended_.clear();
}

}  // namespace cogpp::server
