// Tells receivers about predictions, apart from the threads that run them.
//
// A change costs the running prediction a mark ("that many outputs and log bytes"); the
// text is made and sent by delivery threads. One delivery of a prediction is under way at
// a time, so its events arrive in order and `completed` last. What a receiver is too slow
// for is skipped: each event holds all of the state, so the newest says everything.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/support/deadline_queue.hpp"
#include "runtime/server/support/elastic_pool.hpp"
#include "runtime/server/telemetry/log.hpp"
#include "runtime/server/webhooks/delivery.hpp"
#include "runtime/server/webhooks/gate.hpp"

namespace cogpp::server {

/// What a client's request says about its webhook.
struct WebhookRequest {
  std::string url;
  WebhookEvents events = WebhookEvents::all();
  TraceContext trace = {};
};

struct WebhookOptions {
  WebhookSender sender = {};
  std::chrono::nanoseconds interval = std::chrono::milliseconds(500);
  std::chrono::milliseconds retry_unit{100};
  /// A delivery that took longer makes events that wait behind it be skipped.
  std::chrono::milliseconds slow{250};
  /// Once a prediction has ended, an older event's delivery may take this much longer.
  std::chrono::milliseconds grace{5000};
  std::size_t threads = 64;
  std::size_t per_receiver = 8;     ///< Deliveries at a time; others are not held up.
  std::size_t waiting = 10000;      ///< `completed` events not yet delivered, at most;
  std::size_t bytes = 256UL << 20;  ///< and their size, with the predictions' inputs.
  /// How each delivered or lost `completed`, and each other attempt, ended.
  std::function<void(bool completed, bool delivered)> on_end = {};
};

/// Any thread. Outlives every prediction that it watches.
class Webhooks {
 public:
  Webhooks(WebhookOptions options, Log& log);
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;
  /// Reports what is not delivered as lost.
  ~Webhooks();

  /// Sends the prediction's changes to `request.url`, from its start on. Before the
  /// prediction is shared. A URL that cannot be used is reported in the log.
  void watch(const std::shared_ptr<Prediction>& prediction, WebhookRequest request);

  /// The server ends: failed deliveries are repeated at once, and what is left at
  /// `deadline` is reported as lost.
  void hurry(SteadyTime deadline);
  /// Waits until nothing is left to deliver; false when `deadline` came first.
  bool wait_idle(SteadyTime deadline);
  /// Stops everything now and reports what is lost.
  void give_up();

 private:
  struct Watch;
  struct Lane;
  using WatchPtr = std::shared_ptr<Watch>;
  using LanePtr = std::shared_ptr<Lane>;
  struct Parcel;

  void note(const WatchPtr& watch, EventKind kind, const PredictionState& state);

  // With mutex_ held.
  void add_mark(Watch& watch, const PredictionState& state);
  void end_watch(const WatchPtr& watch, const PredictionState& state, bool announced);
  void enqueue(const WatchPtr& watch);
  void shed();
  void lose(const WatchPtr& watch, const std::string& why);
  void finish(const WatchPtr& watch);
  Parcel next_parcel(const WatchPtr& watch, const LanePtr& lane);
  void keep_body(Watch& watch, std::shared_ptr<const std::string> body);
  void event_sent(const WatchPtr& watch, const Delivery& delivery, std::chrono::nanoseconds took);
  void end_sent(const WatchPtr& watch, const Delivery& delivery);
  void rest(const LanePtr& lane);

  void start_worker(const LanePtr& lane);
  void work(const LanePtr& lane);
  void send(const LanePtr& lane, Parcel parcel);
  Delivery attempt(Parcel& parcel);

  const WebhookOptions options_;
  Log& log_;
  std::mutex mutex_;  ///< Guards everything below but the queue and the pool.
  std::condition_variable idle_;
  std::map<std::string, LanePtr> lanes_;
  std::list<WatchPtr> active_;     ///< Watches with something to deliver or to come.
  std::size_t waiting_ = 0;        ///< Ended ones among them, whose `completed` is to be told,
  std::size_t waiting_bytes_ = 0;  ///< and its size.
  std::size_t kept_ = 0;           ///< Connections that lanes keep, at most one a thread.
  std::optional<SteadyTime> hurry_until_;
  bool closed_ = false;
  ElasticPool pool_;
  DeadlineQueue timers_;  ///< Ends first: it submits to the pool.
};

}  // namespace cogpp::server
