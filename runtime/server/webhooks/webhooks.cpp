// One mutex over small bookkeeping; no text is made and nothing sent with it held.
//
// Lock order: a prediction's mutex, then this one, then the deadline queue's. Delivery
// threads are started by the queue's thread, never by one that holds a prediction's mutex.
#include "runtime/server/webhooks/webhooks.hpp"

#include <algorithm>
#include <new>
#include <stop_token>
#include <utility>

#include "runtime/server/support/memory.hpp"

namespace cogpp::server {
namespace {

constexpr const char* kTarget = "coglet::webhook";
/// Events of one prediction that wait behind a delivery; with more, only the newest stays.
constexpr std::size_t kMaxMarks = 16;
/// Connections to a receiver that is not told anything are closed after this.
constexpr std::chrono::seconds kLaneRest{10};

/// For the log: no credentials, no query that may hold some.
std::string shown(const client::Url& url) {
  client::Url bare = url;
  bare.fragment.clear();
  bare.target.resize(std::min(bare.target.find('?'), bare.target.size()));
  return bare.text();
}

std::size_t size_of(const PredictionState& state) {
  std::size_t size = state.logs.size() + state.error.size();
  for (const auto& chunk : state.outputs) size += chunk->size();
  return size;
}

}  // namespace

/// What is to be delivered about one prediction.
struct Webhooks::Watch {
  enum class State { kIdle, kQueued, kSending, kWaiting, kDone };

  std::string id;
  client::Url url;
  TraceContext trace;
  WebhookGate gate;
  std::weak_ptr<Prediction> source;
  std::shared_ptr<Prediction> prediction;  ///< From its start until all texts are made.
  State state = State::kIdle;
  std::deque<SnapshotMark> marks;
  bool ended = false;
  bool announced = false;  ///< Ended, and `completed` is to be delivered.
  std::size_t bytes = 0;   ///< Held until all is told: the prediction, then its last text.
  std::shared_ptr<const std::string> body;  ///< Of `completed`.
  int retries = 0;
  std::uint64_t sendings = 0;
  std::stop_source stop;  ///< Of the delivery under way.
  std::optional<std::list<WatchPtr>::iterator> place;
};

/// Deliveries to one receiver, so that one that hangs does not hold up the others.
struct Webhooks::Lane {
  std::deque<WatchPtr> ready;
  std::size_t busy = 0;
  std::vector<client::KeptConnection> kept;
  bool resting = false;  ///< Its end is scheduled.
  SteadyTime used{};
};

/// One delivery.
struct Webhooks::Parcel {
  WatchPtr watch;
  std::optional<SnapshotMark> mark;  ///< None: `completed`.
  std::shared_ptr<Prediction> prediction;
  std::shared_ptr<const std::string> body;
  std::stop_token stop;
  client::KeptConnection kept;
};

Webhooks::Webhooks(WebhookOptions options, Log& log)
    : options_(std::move(options)), log_(log), pool_({.threads = options_.threads}) {}

Webhooks::~Webhooks() { give_up(); }

void Webhooks::watch(const std::shared_ptr<Prediction>& prediction, WebhookRequest request) {
  auto url = client::parse_url(client::without_blanks(request.url));
  if (!url) {
    log_.write(LogLevel::kWarning, kTarget,
               "Failed to send webhooks: the request's webhook is no http or https URL",
               {{"prediction_id", prediction->id()}});
    return;
  }
  const WebhookGate gate(request.events, options_.interval, std::chrono::steady_clock::now());
  auto watch = std::make_shared<Watch>(Watch{.id = prediction->id(),
                                             .url = std::move(url).value(),
                                             .trace = std::move(request.trace),
                                             .gate = gate,
                                             .source = prediction,
                                             .prediction = nullptr,
                                             .marks = {},
                                             .bytes = prediction->input_bytes(),
                                             .body = nullptr,
                                             .stop = {},
                                             .place = {}});
  prediction->on_change(
      [this, watch](EventKind kind, const PredictionState& state) { note(watch, kind, state); });
}

// Called with the prediction's mutex held.
void Webhooks::note(const WatchPtr& watch, EventKind kind, const PredictionState& state) {
  const bool admitted = watch->gate.admits(kind, std::chrono::steady_clock::now());
  if (!admitted && kind != EventKind::kCompleted) return;
  const std::lock_guard lock(mutex_);
  if (watch->state == Watch::State::kDone) return;
  if (!watch->place) {
    watch->place = active_.insert(active_.end(), watch);
    watch->prediction = watch->source.lock();
  }
  if (kind == EventKind::kCompleted) return end_watch(watch, state, admitted);
  if (closed_) return;
  add_mark(*watch, state);
  if (watch->state == Watch::State::kIdle) enqueue(watch);
}

void Webhooks::add_mark(Watch& watch, const PredictionState& state) {
  if (watch.marks.size() >= kMaxMarks) watch.marks.clear();
  watch.marks.push_back(mark_of(state));
}

void Webhooks::end_watch(const WatchPtr& watch, const PredictionState& state, bool announced) {
  watch->ended = true;
  watch->announced = announced;
  if (announced) {
    watch->bytes += size_of(state);
    ++waiting_;
    waiting_bytes_ += watch->bytes;
  }
  if (closed_) return announced ? lose(watch, "the server ended") : finish(watch);
  if (watch->state == Watch::State::kIdle) return announced ? enqueue(watch) : finish(watch);
  if (watch->state == Watch::State::kSending && announced) {
    const auto limit = std::chrono::steady_clock::now() + options_.grace;
    timers_.at(limit, [this, watch, number = watch->sendings] {
      const std::lock_guard own(mutex_);
      if (watch->state == Watch::State::kSending && watch->sendings == number) {
        watch->stop.request_stop();
      }
    });
  }
  shed();
}

void Webhooks::enqueue(const WatchPtr& watch) {
  watch->state = Watch::State::kQueued;
  const std::string name = (watch->url.tls ? "https://" : "http://") + watch->url.authority();
  auto& lane = lanes_[name];
  if (!lane) lane = std::make_shared<Lane>();
  lane->ready.push_back(watch);
  shed();
  if (lane->busy >= options_.per_receiver) return;
  ++lane->busy;
  timers_.soon([this, own = lane] { start_worker(own); });
}

// Keeps what waits within its limits: the oldest goes.
void Webhooks::shed() {
  while (waiting_ > 1 && (waiting_ > options_.waiting || waiting_bytes_ > options_.bytes)) {
    const auto oldest = std::ranges::find_if(active_, [](const WatchPtr& watch) {
      return watch->announced && watch->state != Watch::State::kSending;
    });
    if (oldest == active_.end()) return;
    lose(WatchPtr(*oldest), "too many others are waiting");
  }
}

void Webhooks::lose(const WatchPtr& watch, const std::string& why) {
  log_.write(LogLevel::kError, kTarget, "Webhook lost: the end of a prediction is not delivered",
             {{"prediction_id", watch->id}, {"url", shown(watch->url)}, {"error", why}});
  if (options_.on_end) options_.on_end(true, false);
  finish(watch);
}

void Webhooks::finish(const WatchPtr& watch) {
  watch->state = Watch::State::kDone;
  if (watch->announced) {
    --waiting_;
    waiting_bytes_ -= watch->bytes;
  }
  watch->prediction.reset();
  watch->marks.clear();
  watch->body.reset();  // A kept prediction keeps its watch.
  if (watch->bytes > kLargeBytes) note_large_end();
  if (watch->place) active_.erase(*std::exchange(watch->place, std::nullopt));
  if (active_.empty()) idle_.notify_all();
}

void Webhooks::start_worker(const LanePtr& lane) {
  pool_.submit([this, lane] { work(lane); });
}

void Webhooks::work(const LanePtr& lane) {
  std::unique_lock lock(mutex_);
  while (!lane->ready.empty() && !closed_) {
    const WatchPtr watch = std::move(lane->ready.front());
    lane->ready.pop_front();
    if (watch->state != Watch::State::kQueued) continue;
    Parcel parcel = next_parcel(watch, lane);
    lock.unlock();
    send(lane, std::move(parcel));
    lock.lock();
  }
  --lane->busy;
  lane->used = std::chrono::steady_clock::now();
  if (!lane->resting && !closed_) rest(lane);
}

// Ends the lane once it was not used for a while.
void Webhooks::rest(const LanePtr& lane) {
  lane->resting = true;
  timers_.at(lane->used + kLaneRest, [this, lane] {
    const std::lock_guard lock(mutex_);
    const bool used = std::chrono::steady_clock::now() < lane->used + kLaneRest;
    if (lane->busy == 0 && used && !closed_) return rest(lane);
    lane->resting = false;  // One at work comes to rest again.
    if (lane->busy > 0) return;
    kept_ -= lane->kept.size();
    std::erase_if(lanes_, [&](auto& entry) { return entry.second == lane; });
  });
}

Webhooks::Parcel Webhooks::next_parcel(const WatchPtr& watch, const LanePtr& lane) {
  watch->state = Watch::State::kSending;
  ++watch->sendings;
  watch->stop = std::stop_source();
  Parcel parcel{.watch = watch,
                .mark = {},
                .prediction = watch->prediction,
                .body = watch->body,
                .stop = watch->stop.get_token(),
                .kept = {}};
  if (!watch->marks.empty()) {
    parcel.mark = std::move(watch->marks.front());
    watch->marks.pop_front();
  }
  if (!lane->kept.empty()) {
    parcel.kept = std::move(lane->kept.back());
    lane->kept.pop_back();
    --kept_;
  }
  return parcel;
}

Delivery Webhooks::attempt(Parcel& parcel) {
  if (parcel.mark) {
    parcel.body = std::make_shared<const std::string>(parcel.prediction->snapshot_at(*parcel.mark));
  } else if (!parcel.body) {
    parcel.body = std::make_shared<const std::string>(parcel.prediction->snapshot(false));
  }
  const auto signal = client::StopSignal::create(parcel.stop);
  if (!signal) return {Delivery::End::kFailed, signal.error().message};
  return deliver(parcel.watch->url, parcel.watch->trace, *parcel.body, options_.sender, **signal,
                 parcel.kept);
}

void Webhooks::send(const LanePtr& lane, Parcel parcel) {
  const auto begun = std::chrono::steady_clock::now();
  Delivery delivery{Delivery::End::kFailed, "there is no memory for its text"};
  try {
    delivery = attempt(parcel);
  } catch (const std::bad_alloc&) {
    parcel.kept = {};  // Whatever was under way on it.
  }
  const auto took = std::chrono::steady_clock::now() - begun;
  const std::lock_guard lock(mutex_);
  if (parcel.kept.connection && kept_ < options_.threads) {
    lane->kept.push_back(std::move(parcel.kept));
    ++kept_;
  }
  if (parcel.watch->state != Watch::State::kSending) return;  // Given up meanwhile.
  if (parcel.mark) return event_sent(parcel.watch, delivery, took);
  if (parcel.body) keep_body(*parcel.watch, std::move(parcel.body));
  end_sent(parcel.watch, delivery);
}

// Of the prediction only its last text is kept, for retries.
void Webhooks::keep_body(Watch& watch, std::shared_ptr<const std::string> body) {
  waiting_bytes_ -= watch.bytes;
  watch.bytes = body->size();
  waiting_bytes_ += watch.bytes;
  watch.body = std::move(body);
  watch.prediction.reset();
}

void Webhooks::event_sent(const WatchPtr& watch, const Delivery& delivery,
                          std::chrono::nanoseconds took) {
  const bool good = delivery.end == Delivery::End::kDelivered;
  if (!good) {
    log_.write(LogLevel::kWarning, kTarget, "Failed to send webhook (non-terminal)",
               {{"prediction_id", watch->id}, {"url", shown(watch->url)}, {"error", delivery.why}});
  }
  if (options_.on_end) options_.on_end(false, good);
  if (took > options_.slow) {
    const std::size_t keep = watch->announced ? 0 : 1;
    while (watch->marks.size() > keep) watch->marks.pop_front();
  }
  if (!watch->marks.empty() || watch->announced) return enqueue(watch);
  if (watch->ended) return finish(watch);
  watch->state = Watch::State::kIdle;
}

void Webhooks::end_sent(const WatchPtr& watch, const Delivery& delivery) {
  if (delivery.end == Delivery::End::kDelivered) {
    if (options_.on_end) options_.on_end(true, true);
    return finish(watch);
  }
  if (delivery.end != Delivery::End::kFailed) return lose(watch, delivery.why);
  if (++watch->retries > kMaxRetries) {
    return lose(watch, delivery.why + ", after " + std::to_string(kMaxRetries) + " retries");
  }
  const auto due =
      std::chrono::steady_clock::now() + retry_delay(watch->retries, options_.retry_unit);
  if (hurry_until_ && due > *hurry_until_) return lose(watch, delivery.why);
  watch->state = Watch::State::kWaiting;
  timers_.at(due, [this, weak = std::weak_ptr(watch)] {
    const auto again = weak.lock();
    const std::lock_guard lock(mutex_);
    if (again && again->state == Watch::State::kWaiting && !closed_) enqueue(again);
  });
}

void Webhooks::hurry(SteadyTime deadline) {
  const std::lock_guard lock(mutex_);
  if (hurry_until_ || closed_) return;
  hurry_until_ = deadline;
  for (const WatchPtr& watch : std::list<WatchPtr>(active_)) {
    watch->retries = 0;
    if (watch->state == Watch::State::kWaiting) enqueue(watch);
  }
  timers_.at(deadline, [this] { give_up(); });
}

bool Webhooks::wait_idle(SteadyTime deadline) {
  std::unique_lock lock(mutex_);
  return idle_.wait_until(lock, deadline, [this] { return active_.empty(); });
}

void Webhooks::give_up() {
  const std::lock_guard lock(mutex_);
  if (std::exchange(closed_, true)) return;
  for (const WatchPtr& watch : std::list<WatchPtr>(active_)) {
    if (watch->state == Watch::State::kSending) watch->stop.request_stop();
    if (!watch->ended) continue;
    watch->announced ? lose(watch, "the server ended") : finish(watch);
  }
}

}  // namespace cogpp::server
