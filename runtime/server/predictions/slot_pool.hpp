// The slots of all live workers, and the right to use one.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
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

/// Any thread. Outlives every lease.
class SlotPool {
 public:
  struct Counts {
    std::size_t free = 0;
    std::size_t total = 0;  ///< Free and leased, without those of retired workers.
  };

  void add(std::vector<std::unique_ptr<Slot>> slots);
  /// A free slot, or nothing: there is no queue (cog-runtime §6).
  std::optional<SlotLease> lease();
  /// No slot of `worker` is leased any more; leased ones end when they come back.
  /// Returns how many are still in use.
  std::size_t retire(const WorkerLink* worker);
  Counts counts() const;

 private:
  friend class SlotLease;
  void give_back(std::unique_ptr<Slot> slot);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> free_;  ///< The last used first: its memory is warm.
  std::vector<Slot*> leased_;
};

}  // namespace cogpp::server
