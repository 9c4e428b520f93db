// Finished predictions, kept for a while (--keep-finished, --keep-seconds).
//
// Bounded by number, age and memory; the oldest end goes first. What a prediction
// costs here does not depend on how many are kept.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// Any thread.
class History {
 public:
  struct Limits {
    std::size_t count = 0;  ///< 0: nothing is kept.
    std::chrono::milliseconds age{0};
    std::uint64_t bytes = 256ULL << 20;
  };

  /// Without a count there is no thread.
  explicit History(Limits limits);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  bool on() const { return limits_.count > 0; }
  std::uint64_t max_bytes() const { return limits_.bytes; }

  /// Just before a prediction ends, so that it can be found at any time. One with the
  /// same id gives way.
  void add(const std::shared_ptr<Prediction>& prediction);
  /// It has ended: its memory counts from now on.
  void weigh(const Prediction& prediction);

  /// nullptr: unknown, or not kept any more.
  std::shared_ptr<Prediction> find(const std::string& id) const;
  /// False: there was none.
  bool forget(const std::string& id);
  /// At most `most` with a number below `before`, the newest first.
  std::vector<std::shared_ptr<Prediction>> page(std::uint64_t before, std::size_t most) const;
  std::size_t size() const;
  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<Prediction> prediction;
    SteadyTime expires;
    std::uint64_t bytes = 0;
  };
  using Entries = std::list<Entry>;

  void run();
  /// Takes it out, to be destroyed outside of the lock.
  void remove(Entries::iterator entry, Entries& removed);
  void evict(Entries& removed);

  const Limits limits_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  Entries entries_;  ///< In the order of their ends.
  std::unordered_map<std::string, Entries::iterator> by_id_;
  std::map<std::uint64_t, Entries::iterator> by_number_;
  std::uint64_t bytes_ = 0;
  bool stopping_ = false;
  bool asleep_ = false;  ///< The thread waits for a first entry.
  std::thread thread_;
};

}  // namespace cogpp::server
