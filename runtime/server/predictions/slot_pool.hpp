// The slots of all live workers, the right to use one, and the queue for it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/server/predictions/scratch.hpp"
#include "runtime/server/predictions/worker_link.hpp"

namespace cogpp::server {

/// One prediction at a time runs in a slot; it is used by whoever leased it.
struct Slot {
  std::uint32_t index = 0;
  ipc::FrameSocket socket;
  std::shared_ptr<WorkerLink> worker;
  Scratch scratch;
  bool retired = false;  ///< Guarded by the pool.
};

class SlotPool;
class QueueEntry;
class QueuePlace;

/// Gives its slot back when it ends. Move-only; one thread at a time.
class SlotLease {
 public:
  SlotLease(SlotLease&& other) noexcept = default;
  SlotLease& operator=(SlotLease&& other) = delete;
  ~SlotLease();

  Slot& operator*() const { return *slot_; }
  Slot* operator->() const { return slot_.get(); }

 private:
  friend class SlotPool;
  SlotLease(SlotPool& pool, std::unique_ptr<Slot> slot) : pool_(&pool), slot_(std::move(slot)) {}

  SlotPool* pool_;
  std::unique_ptr<Slot> slot_;
};

/// Any thread. Outlives every lease and every place in its queue.
class SlotPool {
 public:
  struct Counts {
    std::size_t free = 0;
    std::size_t total = 0;    ///< Free and leased, without those of retired workers.
    std::size_t waiting = 0;  ///< In the queue.
  };

  /// `queue`: how many may wait for a slot; 0: nobody (cog-runtime §6).
  explicit SlotPool(std::size_t queue = 0) : queue_limit_(queue) {}

  /// Who waits gets them first, in the order of coming.
  void add(std::vector<std::unique_ptr<Slot>> slots);
  /// A free slot of the worker that has the fewest in use, or nothing. Nobody waits
  /// while a slot is free, so this overtakes nobody.
  std::optional<SlotLease> lease();
  /// The same; without a free slot it waits for one to come free, `patience` at most.
  std::optional<SlotLease> lease_within(std::chrono::milliseconds patience);
  /// A place at the end of the queue, or nothing when it is full.
  std::optional<QueuePlace> enqueue();
  /// Everybody in the queue leaves it without a slot, and is told why.
  void drop_queue(const std::string& reason);
  /// No slot of `worker` is leased any more; leased ones end when they come back.
  /// Returns how many are still in use.
  std::size_t retire(const WorkerLink* worker);
  Counts counts() const;
  std::size_t queue_limit() const { return queue_limit_; }

 private:
  friend class SlotLease;
  friend class QueuePlace;

  /// The slots of one worker.
  struct Group {
    const WorkerLink* worker = nullptr;
    std::vector<std::unique_ptr<Slot>> free;  ///< The last used first: its memory is warm.
    std::vector<Slot*> leased;
    bool retired = false;
  };

  Group& group_of(const WorkerLink* worker);  ///< Made when there is none.
  void erase_group(const WorkerLink* worker);
  std::unique_ptr<Slot> take_free();
  std::shared_ptr<QueueEntry> next_waiting();
  void give_back(std::unique_ptr<Slot> slot);
  void withdraw(std::uint64_t number);

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable came_free_;
  std::vector<Group> groups_;  ///< As many as replicas, and retired ones in use.
  std::map<std::uint64_t, std::shared_ptr<QueueEntry>> waiting_;  ///< By order of coming.
  std::uint64_t last_number_ = 0;
};

}  // namespace cogpp::server
