// Threads on demand: a task runs at once on an idle thread or on a new one, and
// threads that had nothing to do for a while end.
//
// A fixed pool starves: with every thread held by a stream, a health probe would
// wait for one of them to end. Here only the stated maximum makes a task wait.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

namespace cogpp::server {

/// Any thread may submit. The destructor waits for every task.
class ElasticPool {
 public:
  struct Limits {
    std::size_t threads = 4096;
    std::chrono::milliseconds idle{10000};  ///< After this a thread without work ends.
    /// After this it gives back the memory of large things that have ended meanwhile, and then
    /// again from time to time.
    std::chrono::milliseconds rest{500};
  };

  explicit ElasticPool(Limits limits);
  ElasticPool(const ElasticPool&) = delete;
  ElasticPool& operator=(const ElasticPool&) = delete;
  ~ElasticPool();

  /// `task` must not throw. When no thread can be made it waits for a running one.
  void submit(std::function<void()> task);
  std::size_t threads() const;

 private:
  using Thread = std::list<std::thread>::iterator;

  void work(Thread self);
  /// False: none came in time. `seen`: large ends whose memory the thread has given back.
  bool wait_for_task(std::unique_lock<std::mutex>& lock, std::uint64_t& seen);
  void reap_ended();  ///< Joins threads that ended; call with mutex_ held.

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  std::list<std::thread> threads_;
  std::list<std::thread> ended_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

}  // namespace cogpp::server
