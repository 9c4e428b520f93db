// A place in the queue for a slot.
//
// Nothing polls: whoever gives a slot back hands it to the first in the queue, whose
// callback then wakes the thread that waits, or starts the task that was put off.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "runtime/server/predictions/slot_pool.hpp"

namespace cogpp::server {

/// What the pool and a place in its queue share. Any thread.
class QueueEntry {
 public:
  /// With a slot, or without one and with the reason. Once.
  void settle(std::optional<SlotLease> lease, std::string refusal);
  void when_settled(std::function<void()> call);
  std::optional<SlotLease> take();
  std::string refusal() const;
  void leave();

 private:
  mutable std::mutex mutex_;
  bool settled_ = false;
  std::optional<SlotLease> lease_;
  std::string refusal_;
  std::function<void()> call_;
};

/// Leaves the queue, or gives an untaken slot back, when it ends. Move-only; one
/// thread at a time.
class QueuePlace {
 public:
  QueuePlace(QueuePlace&& other) noexcept = default;
  QueuePlace& operator=(QueuePlace&& other) = delete;
  ~QueuePlace() { leave(); }

  /// Calls `call` once: now, when there already is a slot or a refusal, else on the
  /// thread that brings it. It must be quick and must not use this place.
  void when_settled(std::function<void()> call) { entry_->when_settled(std::move(call)); }
  /// The slot, when there is one.
  std::optional<SlotLease> take() { return entry_->take(); }
  /// Why there will be none, or "".
  std::string refusal() const { return entry_->refusal(); }
  /// After this the callback is gone, and does not run.
  void leave();

 private:
  friend class SlotPool;
  QueuePlace(SlotPool& pool, std::uint64_t number, std::shared_ptr<QueueEntry> entry)
      : pool_(&pool), number_(number), entry_(std::move(entry)) {}

  SlotPool* pool_;
  std::uint64_t number_;
  std::shared_ptr<QueueEntry> entry_;
};

}  // namespace cogpp::server
