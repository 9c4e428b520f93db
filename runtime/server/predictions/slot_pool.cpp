// The free slots of each worker as a stack, and a map of those who wait.
#include "runtime/server/predictions/slot_pool.hpp"

#include <algorithm>
#include <utility>

#include "runtime/server/predictions/slot_queue.hpp"

namespace cogpp::server {

SlotLease::~SlotLease() {
  if (slot_) pool_->give_back(std::move(slot_));
}

SlotPool::Group& SlotPool::group_of(const WorkerLink* worker) {
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [worker](const Group& group) { return group.worker == worker; });
  if (found != groups_.end()) return *found;
  return groups_.emplace_back(Group{.worker = worker, .free = {}, .leased = {}});
}

void SlotPool::erase_group(const WorkerLink* worker) {
  std::erase_if(groups_, [worker](const Group& group) { return group.worker == worker; });
}

// The first in the queue, who then is not in it any more.
std::shared_ptr<QueueEntry> SlotPool::next_waiting() {
  if (waiting_.empty()) return nullptr;
  auto first = waiting_.begin();
  auto entry = std::move(first->second);
  waiting_.erase(first);
  return entry;
}

void SlotPool::add(std::vector<std::unique_ptr<Slot>> slots) {
  std::vector<std::pair<std::shared_ptr<QueueEntry>, SlotLease>> handed;
  {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots) {
      Group& group = group_of(slot->worker.get());
      auto entry = next_waiting();
      if (!entry) {
        group.free.push_back(std::move(slot));
        came_free_.notify_one();
        continue;
      }
      group.leased.push_back(slot.get());
      handed.emplace_back(std::move(entry), SlotLease(*this, std::move(slot)));
    }
  }
  for (auto& [entry, lease] : handed) entry->settle(std::move(lease), {});
}

std::optional<SlotLease> SlotPool::lease() { return lease_within({}); }

std::optional<SlotLease> SlotPool::lease_within(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  auto slot = take_free();
  if (!slot && patience.count() > 0) {
    came_free_.wait_for(lock, patience, [&] { return (slot = take_free()) != nullptr; });
  }
  if (!slot) return std::nullopt;
  return SlotLease(*this, std::move(slot));
}

// Under the mutex; null where no slot is free.
std::unique_ptr<Slot> SlotPool::take_free() {
  Group* best = nullptr;
  for (Group& group : groups_) {
    if (group.free.empty()) continue;
    if (best == nullptr || group.leased.size() < best->leased.size()) best = &group;
  }
  if (best == nullptr) return nullptr;
  auto slot = std::move(best->free.back());
  best->free.pop_back();
  best->leased.push_back(slot.get());
  return slot;
}

std::optional<QueuePlace> SlotPool::enqueue() {
  if (queue_limit_ == 0) return std::nullopt;
  auto entry = std::make_shared<QueueEntry>();
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= queue_limit_) return std::nullopt;
    number = ++last_number_;
    const bool room = std::any_of(groups_.begin(), groups_.end(),
                                  [](const Group& group) { return !group.free.empty(); });
    if (!room) {
      waiting_.emplace_hint(waiting_.end(), number, entry);
      return QueuePlace(*this, number, std::move(entry));
    }
  }
  // One came back since the caller looked. Somebody else may be faster: then again.
  auto slot = lease();
  if (!slot) return enqueue();
  entry->settle(std::move(slot), {});
  return QueuePlace(*this, number, std::move(entry));
}

void SlotPool::withdraw(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  waiting_.erase(number);
}

void SlotPool::drop_queue(const std::string& reason) {
  std::map<std::uint64_t, std::shared_ptr<QueueEntry>> dropped;
  {
    const std::lock_guard lock(mutex_);
    dropped.swap(waiting_);
  }
  for (const auto& [number, entry] : dropped) entry->settle(std::nullopt, reason);
}

std::size_t SlotPool::retire(const WorkerLink* worker) {
  std::vector<std::unique_ptr<Slot>> dropped;  // Ends, and closes, outside of the lock.
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(groups_.begin(), groups_.end(),
                                  [worker](const Group& group) { return group.worker == worker; });
  if (found == groups_.end()) return 0;
  dropped.swap(found->free);
  found->retired = true;
  for (Slot* slot : found->leased) slot->retired = true;
  const std::size_t in_use = found->leased.size();
  if (in_use == 0) groups_.erase(found);
  return in_use;
}

SlotPool::Counts SlotPool::counts() const {
  const std::lock_guard lock(mutex_);
  Counts counts;
  for (const Group& group : groups_) {
    if (group.retired) continue;
    counts.free += group.free.size();
    counts.total += group.free.size() + group.leased.size();
  }
  counts.waiting = waiting_.size();
  return counts;
}

void SlotPool::give_back(std::unique_ptr<Slot> slot) {
  std::shared_ptr<QueueEntry> next;
  {
    const std::lock_guard lock(mutex_);
    Group& group = group_of(slot->worker.get());
    if (!slot->retired) {
      next = next_waiting();
      if (!next) {
        std::erase(group.leased, slot.get());
        group.free.push_back(std::move(slot));
        came_free_.notify_one();
        return;
      }
    } else {
      std::erase(group.leased, slot.get());
      if (group.leased.empty()) erase_group(slot->worker.get());
    }
  }
  if (next) return next->settle(SlotLease(*this, std::move(slot)), {});
  const auto worker = slot->worker;
  slot.reset();
  worker->slot_dropped();
}

}  // namespace cogpp::server
