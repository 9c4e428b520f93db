// A stack of free slots and a list of leased ones.
#include "runtime/server/predictions/slot_pool.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cogpp::server {

SlotLease::~SlotLease() {
  if (slot_) pool_->give_back(std::move(slot_));
}

void SlotPool::add(std::vector<std::unique_ptr<Slot>> slots) {
  const std::lock_guard lock(mutex_);
  std::move(slots.begin(), slots.end(), std::back_inserter(free_));
  leased_.reserve(leased_.size() + free_.size());
}

std::optional<SlotLease> SlotPool::lease() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) return std::nullopt;
  auto slot = std::move(free_.back());
  free_.pop_back();
  leased_.push_back(slot.get());
  return SlotLease(*this, std::move(slot));
}

std::size_t SlotPool::retire(const WorkerLink* worker) {
  std::vector<std::unique_ptr<Slot>> dropped;  // Ends, and closes, outside of the lock.
  const std::lock_guard lock(mutex_);
  const auto own = std::partition(free_.begin(), free_.end(), [worker](const auto& slot) {
    return slot->worker.get() != worker;
  });
  std::move(own, free_.end(), std::back_inserter(dropped));
  free_.erase(own, free_.end());
  std::size_t in_use = 0;
  for (Slot* slot : leased_) {
    if (slot->worker.get() != worker) continue;
    slot->retired = true;
    ++in_use;
  }
  return in_use;
}

SlotPool::Counts SlotPool::counts() const {
  const std::lock_guard lock(mutex_);
  const auto live = std::count_if(leased_.begin(), leased_.end(),
                                  [](const Slot* slot) { return !slot->retired; });
  return {free_.size(), free_.size() + static_cast<std::size_t>(live)};
}

void SlotPool::give_back(std::unique_ptr<Slot> slot) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(leased_, slot.get());
    if (!slot->retired) {
      free_.push_back(std::move(slot));
      return;
    }
  }
  const auto worker = slot->worker;
  slot.reset();
  worker->slot_dropped();
}

}  // namespace cogpp::server
