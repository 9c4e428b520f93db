// One prediction: its state, its event log, and the wish to cancel it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "runtime/ipc/messages.hpp"
#include "runtime/server/predictions/event_log.hpp"
#include "runtime/server/predictions/state.hpp"
#include "runtime/server/predictions/worker_link.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

struct PredictionLimits {
  std::uint64_t log_bytes = 16ULL << 20;      ///< Then a marker line, and no more.
  std::uint64_t output_bytes = 256ULL << 20;  ///< Then the prediction fails.
  std::uint64_t history = 1024;               ///< Events kept for late readers.
  std::uint64_t keep_bytes = 0;               ///< Events kept for GET /events, by size; 0: none.
};

/// "stdout" or "stderr".
const char* name_of(ipc::LogSource source);

/// What a prediction is made of.
struct PredictionSpec {
  std::string id;
  std::uint64_t number = 0;  ///< In order of creation; of those that are kept.
  std::string input;         ///< JSON text of the validated input; empty with a tree.
  Json input_tree;           ///< The input where it holds files to fetch, else null.
  bool is_object = true;     ///< The input. Without a check it may be anything.
  std::string context;       ///< JSON text.
  bool is_array = false;     ///< By the signature.
  bool observable = false;   ///< Event streams may read it: the log is kept.
  bool by_stream = false;    ///< Made by an event stream: ends with its last reader.
  std::string trace = {};    ///< The client's traceparent, for log lines; empty: none.
  /// Also told of everything that is printed. Draining thread and supervisor.
  std::function<void(const std::string& id, ipc::LogSource, std::string_view)> on_log = {};
};

/// The draining thread changes it, any thread reads and cancels it.
class Prediction {
 public:
  Prediction(PredictionSpec spec, PredictionLimits limits);
  Prediction(const Prediction&) = delete;
  Prediction& operator=(const Prediction&) = delete;
  ~Prediction();

  const std::string& id() const { return spec_.id; }
  const PredictionSpec& spec() const { return spec_; }
  EventLog& events() { return events_; }
  std::uint64_t output_limit() const { return limits_.output_bytes; }
  /// `observer` is told of each change but metrics, with the prediction's mutex held: it
  /// must be quick and must not call back. Once, before the prediction is shared.
  void on_change(std::function<void(EventKind, const PredictionState&)> observer) {
    on_change_ = std::move(observer);
  }

  // Draining thread.
  void start();
  /// One output chunk as JSON text; false when the output limit is exceeded.
  bool add_output(std::string chunk);
  void add_metric(const ipc::Metric& metric);
  /// The last change; the prediction's slot is free by then, so that a client that
  /// learns of the end finds room for its next one.
  void conclude(Outcome outcome);

  /// Draining thread and supervisor. `data` is valid UTF-8.
  void add_log(ipc::LogSource source, std::string_view data);

  // Cancelling. The draining thread reports where the prediction runs once its
  // frame is sent; a request that came earlier is passed on then.
  void request_cancel();
  bool cancel_requested() const;
  std::stop_token stop_token() const { return stop_.get_token(); }
  /// Cancels it because its time is over; it then fails with `error`. Ignored once
  /// somebody else cancelled it.
  void expire(std::string error);
  std::string expiry() const;  ///< That error, or "".
  void dispatched(std::shared_ptr<WorkerLink> worker, Ticket ticket);
  void returned();

  // Readers.
  bool done() const;
  SharedText reply() const;
  std::string snapshot(bool with_input) const;
  std::string snapshot_at(const SnapshotMark& mark) const;
  std::string logs() const;
  double predict_time() const;
  /// Once it has ended. Nothing: it never had a slot.
  std::optional<SlotTimes> slot_times() const;
  PredictionStatus status() const;
  /// What GET /predictions/{id} says: the snapshot with input, and its times.
  std::string record() const;
  /// What GET /predictions says of it: no input, logs or output.
  std::string summary() const;
  /// What it costs in memory, nearly.
  std::uint64_t bytes() const;
  /// The part of it that came with the request. Takes no lock.
  std::uint64_t input_bytes() const;

 private:
  /// The first member, so that the rest is free already when it ends.
  struct EndNote {
    EndNote() = default;
    EndNote(const EndNote&) = delete;
    EndNote& operator=(const EndNote&) = delete;
    ~EndNote();
    bool large = false;
  } end_note_;

  std::string times() const;
  std::string last_event();  ///< With mutex_ held.
  void emit(EventKind kind, std::string text, std::uint64_t index = 0);
  void changed(EventKind kind) const {
    if (on_change_) on_change_(kind, state_);
  }

  const PredictionSpec spec_;
  const PredictionLimits limits_;
  const SteadyTime created_ = std::chrono::steady_clock::now();
  const SystemTime created_at_ = std::chrono::system_clock::now();
  EventLog events_;
  std::function<void(EventKind, const PredictionState&)> on_change_;
  std::stop_source stop_;

  mutable std::mutex mutex_;  ///< Guards everything below.
  PredictionState state_;
  std::optional<SteadyTime> started_;  ///< It has its slot.
  std::optional<SteadyTime> ended_;
  std::string expiry_;
  std::uint64_t output_bytes_ = 0;
  bool logs_full_ = false;
  std::shared_ptr<WorkerLink> worker_;
  Ticket ticket_;
};

}  // namespace cogpp::server
