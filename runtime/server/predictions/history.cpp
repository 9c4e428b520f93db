// A list in the order of ends with two indexes into it, and a thread that drops what
// is too old even where nobody asks.
#include "runtime/server/predictions/history.hpp"

#include <iterator>
#include <utility>

#include "runtime/server/support/memory.hpp"

namespace cogpp::server {

History::History(Limits limits) : limits_(limits) {
  if (on()) thread_ = std::thread([this] { run(); });
}

History::~History() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void History::add(const std::shared_ptr<Prediction>& prediction) {
  if (!on()) return;
  Entries removed;
  const std::lock_guard lock(mutex_);
  if (const auto same = by_id_.find(prediction->id()); same != by_id_.end()) {
    remove(same->second, removed);
  }
  const auto entry = entries_.insert(
      entries_.end(), Entry{prediction, std::chrono::steady_clock::now() + limits_.age});
  by_id_.emplace(prediction->id(), entry);
  by_number_.emplace_hint(by_number_.end(), prediction->spec().number, entry);
  evict(removed);
  if (asleep_) wake_.notify_one();
}

void History::weigh(const Prediction& prediction) {
  if (!on()) return;
  const std::uint64_t bytes = prediction.bytes();
  Entries removed;
  const std::lock_guard lock(mutex_);
  const auto found = by_number_.find(prediction.spec().number);
  if (found == by_number_.end()) return;
  found->second->bytes = bytes;
  bytes_ += bytes;
  // One that is too large by itself must not drive out all the others.
  if (bytes > limits_.bytes) remove(found->second, removed);
  evict(removed);
}

std::shared_ptr<Prediction> History::find(const std::string& id) const {
  if (!on()) return nullptr;
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second->prediction;
}

bool History::forget(const std::string& id) {
  Entries removed;
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return false;
  remove(found->second, removed);
  return true;
}

std::vector<std::shared_ptr<Prediction>> History::page(std::uint64_t before,
                                                       std::size_t most) const {
  std::vector<std::shared_ptr<Prediction>> page;
  const std::lock_guard lock(mutex_);
  auto entry = by_number_.lower_bound(before);
  while (entry != by_number_.begin() && page.size() < most) {
    --entry;
    page.push_back(entry->second->prediction);
  }
  return page;
}

std::size_t History::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::uint64_t History::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void History::remove(Entries::iterator entry, Entries& removed) {
  bytes_ -= entry->bytes;
  by_id_.erase(entry->prediction->id());
  by_number_.erase(entry->prediction->spec().number);
  removed.splice(removed.end(), entries_, entry);
}

void History::evict(Entries& removed) {
  while (!entries_.empty() && (entries_.size() > limits_.count || bytes_ > limits_.bytes)) {
    remove(entries_.begin(), removed);
  }
}

void History::run() {
  std::uint64_t seen = large_ends();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    Entries removed;
    const auto now = std::chrono::steady_clock::now();
    while (!entries_.empty() && entries_.front().expires <= now) {
      remove(entries_.begin(), removed);
    }
    if (!removed.empty()) {
      lock.unlock();
      removed.clear();
      give_back_after_large_ends(seen);
      lock.lock();
      continue;
    }
    asleep_ = entries_.empty();
    if (asleep_) {
      wake_.wait(lock, [this] { return stopping_ || !entries_.empty(); });
    } else {
      const auto next = entries_.front().expires;  // The entry may go meanwhile.
      wake_.wait_until(lock, next);
    }
    asleep_ = false;
  }
}

}  // namespace cogpp::server
