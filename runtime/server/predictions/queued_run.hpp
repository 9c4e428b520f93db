// Waiting for a slot, and what ends the wait: a slot, a cancel, a client that leaves,
// or a server that has no slots to give any more.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/runner.hpp"
#include "runtime/server/predictions/slot_queue.hpp"

namespace cogpp::server {

/// A slot, or how the prediction ended without one.
struct Turn {
  std::optional<SlotLease> lease;
  Outcome ended;  ///< Only without a lease.
};

/// Blocks until there is one. `client` may be nullptr; one that leaves cancels the
/// prediction. Leaves the queue.
Turn wait_for_turn(QueuePlace& place, Prediction& prediction, ClientWatch*& client);

/// A prediction that waits without a thread. Any thread; lives until its turn came.
class QueuedRun : public std::enable_shared_from_this<QueuedRun> {
 public:
  /// Called once, on a thread of `spawn`'s.
  using GoOn = std::function<void(const std::shared_ptr<Prediction>&, Turn)>;
  using Spawn = std::function<void(std::function<void()>)>;

  static void start(std::shared_ptr<Prediction> prediction, QueuePlace place, Spawn spawn,
                    GoOn go_on);

 private:
  QueuedRun(std::shared_ptr<Prediction> prediction, QueuePlace place, Spawn spawn, GoOn go_on)
      : prediction_(std::move(prediction)),
        place_(std::move(place)),
        spawn_(std::move(spawn)),
        go_on_(std::move(go_on)) {}

  void wake();

  std::shared_ptr<Prediction> prediction_;
  QueuePlace place_;
  Spawn spawn_;
  GoOn go_on_;
  std::atomic<bool> woken_{false};
  std::optional<std::stop_callback<std::function<void()>>> cancelled_;
};

}  // namespace cogpp::server
