// The prediction API without HTTP: admits, runs, cancels, and waits for the end.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/server/predictions/health.hpp"
#include "runtime/server/predictions/history.hpp"
#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/queued_run.hpp"
#include "runtime/server/predictions/registry.hpp"
#include "runtime/server/predictions/runner.hpp"
#include "runtime/server/predictions/slot_pool.hpp"
#include "runtime/server/predictions/slot_queue.hpp"
#include "runtime/server/predictions/time_limit.hpp"
#include "runtime/server/support/elastic_pool.hpp"
#include "runtime/server/telemetry/log.hpp"
#include "runtime/server/telemetry/metrics.hpp"
#include "runtime/server/webhooks/webhooks.hpp"

namespace cogpp::server {

/// A request, already parsed; its input is not yet checked.
struct NewPrediction {
  std::string id = {};  ///< Ignored with `generate_id`: the service makes one.
  bool generate_id = true;
  Json input = Json::object();
  std::string context = "{}";  ///< JSON text of an object of strings.
  bool unique = false;         ///< PUT: an id in flight is not run again.
  bool stream = false;         ///< An event stream asks for it.
  bool training = false;       ///< Asked for at /trainings.
  std::optional<std::string> webhook = {};
  WebhookEvents webhook_events = WebhookEvents::all();
  TraceContext trace = {};
};

/// Not run: an HTTP status and a JSON body.
struct Refusal {
  int status = 500;
  std::string body;
  int retry_after = 0;  ///< Seconds, of a 429.
};
/// Already running, or kept, under the same id (PUT only).
struct InFlight {
  std::shared_ptr<Prediction> prediction;
};
/// Registered and with a slot or a place in the queue, to be given to run() or
/// run_in_background().
struct Admitted {
  std::shared_ptr<Prediction> prediction;
  std::optional<SlotLease> lease;
  std::optional<QueuePlace> place;  ///< Where there is no lease.
};
enum class Forgotten { kYes, kInFlight, kUnknown };
using Admission = std::variant<Refusal, InFlight, Admitted>;

/// Any thread. Outlives every prediction; `pool` must end before it does.
class Service {
 public:
  struct Parts {
    Log& log;
    SlotPool& slots;
    HealthBoard& health;
    ElasticPool& pool;
    History& history;
    TimeLimit& time_limit;
    Webhooks& webhooks;
    ServerMetrics* metrics = nullptr;  ///< nullptr: nobody counts.
  };

  Service(Parts parts, PredictionLimits limits, RunEnvironment environment);

  /// The checks of cog-runtime §2.5 from the event-stream gate on, in that order.
  Admission admit(NewPrediction request);
  /// Whether an event stream can be had at all; §3.5 otherwise (live A18).
  std::optional<Refusal> stream_gate(bool training) const;
  /// In flight, else kept.
  std::shared_ptr<Prediction> find(const std::string& id) const;
  /// Drops a kept prediction.
  Forgotten forget(const std::string& id);
  /// False: no such prediction is in flight.
  bool cancel(const std::string& id);

  /// For GET /predictions: at most `most` with a number below `before`, in flight and
  /// kept, the newest first.
  std::vector<std::shared_ptr<Prediction>> list(std::uint64_t before, std::size_t most) const;
  /// Waits for a slot where there is a queue, runs on this thread to the end and
  /// returns the reply's body; the slot is free and the id forgotten by then.
  SharedText run(Admitted admitted, ClientWatch* client);
  void run_in_background(Admitted admitted);
  /// An event stream's reader has left: the last one of a prediction made by a
  /// stream cancels it (cog-runtime §5.4).
  void reader_left(Prediction& prediction);

  /// Waits until nothing is in flight; false when `deadline` came first.
  bool wait_idle(SteadyTime deadline);
  /// How many are: waiting for a slot, running, or handing over their results.
  std::size_t in_flight();
  HealthBoard& health() { return parts_.health; }
  History& history() { return parts_.history; }

 private:
  /// Without a free slot: 409, 429, or a place in the queue.
  std::variant<Refusal, QueuePlace> wait_or_refuse();
  int retry_after() const;
  void average(double run_seconds);
  std::string next_id();
  PredictionSpec make_spec(NewPrediction request, const Model& model);
  /// Runs it in its slot, gives the slot back, then announces the end.
  void run_to_end(const std::shared_ptr<Prediction>& prediction, SlotLease lease,
                  ClientWatch* client);
  void run_or_end(const std::shared_ptr<Prediction>& prediction, Turn turn, ClientWatch* client);
  void finish(const std::shared_ptr<Prediction>& prediction, Outcome outcome);
  void log_end(const Prediction& prediction, const std::string& error);

  Parts parts_;
  const PredictionLimits limits_;
  RunEnvironment environment_;
  Registry registry_;
  std::mutex id_mutex_;
  std::int64_t last_id_ = 0;
  std::atomic<std::uint64_t> last_number_{0};
  std::atomic<double> mean_seconds_{0};  ///< Of the last runs, for Retry-After; 0: none yet.
  std::mutex idle_mutex_;
  std::condition_variable idle_;
  std::size_t active_ = 0;  ///< Admitted and not finished.
};

}  // namespace cogpp::server
