// One slot or one refusal, handed over under the entry's own mutex.
#include "runtime/server/predictions/slot_queue.hpp"

#include <utility>

namespace cogpp::server {

void QueueEntry::settle(std::optional<SlotLease> lease, std::string refusal) {
  // Called under the mutex, so that leave() can promise that it does not run any more.
  const std::lock_guard lock(mutex_);
  settled_ = true;
  if (lease) lease_.emplace(std::move(*lease));
  refusal_ = std::move(refusal);
  if (const auto call = std::exchange(call_, nullptr)) call();
}

void QueueEntry::when_settled(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (settled_) return call();
  call_ = std::move(call);
}

std::optional<SlotLease> QueueEntry::take() {
  const std::lock_guard lock(mutex_);
  std::optional<SlotLease> taken;
  if (lease_) taken.emplace(std::move(*lease_));
  lease_.reset();
  return taken;
}

std::string QueueEntry::refusal() const {
  const std::lock_guard lock(mutex_);
  return refusal_;
}

void QueueEntry::leave() {
  std::function<void()> call;  // What it holds ends outside of the lock.
  const std::lock_guard lock(mutex_);
  call.swap(call_);
}

void QueuePlace::leave() {
  if (!entry_) return;
  pool_->withdraw(number_);
  entry_->leave();
  // One that was handed over in between goes to the next.
  const auto untaken = entry_->take();
}

}  // namespace cogpp::server
