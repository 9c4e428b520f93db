// Folds what the worker sends into the state, and appends it to the event log.
#include "runtime/server/predictions/prediction.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "runtime/server/predictions/metrics.hpp"
#include "runtime/server/support/memory.hpp"
#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

/// Longer pieces of log are cut with this mark (cog-runtime §12).
constexpr std::size_t kMaxLogPiece = 4 * 1024 * 1024;
constexpr std::string_view kPieceMark = "[**** LOG LINE TRUNCATED AT 4 MiB ****]";

std::string cut_piece(std::string_view data) {
  data = data.substr(0, kMaxLogPiece - kPieceMark.size());
  data.remove_suffix(unfinished_tail(data));
  return std::string(data) + std::string(kPieceMark);
}

}  // namespace

const char* name_of(ipc::LogSource source) {
  return source == ipc::LogSource::kStderr ? "stderr" : "stdout";
}

Prediction::Prediction(PredictionSpec spec, PredictionLimits limits)
    : spec_(std::move(spec)), limits_(limits), events_(limits.history, limits.keep_bytes) {
  state_.id = spec_.id;
  state_.is_array = spec_.is_array;
}

// Nobody else has it any more, so no lock is taken: its last owner may hold one of those
// that are taken after mutex_.
Prediction::~Prediction() {
  end_note_.large = input_bytes() + state_.logs.capacity() + output_bytes_ > kLargeBytes;
}

Prediction::EndNote::~EndNote() {
  if (large) note_large_end();
}

void Prediction::start() {
  {
    const std::lock_guard lock(mutex_);
    state_.status = PredictionStatus::kProcessing;
    started_ = std::chrono::steady_clock::now();
    changed(EventKind::kStart);
  }
  if (!spec_.observable) return;
  emit(EventKind::kStart, "{\"id\":" + cogpp::quoted(spec_.id) + ",\"status\":\"processing\"}");
}

bool Prediction::add_output(std::string chunk) {
  auto text = std::make_shared<const std::string>(std::move(chunk));
  std::uint64_t index = 0;
  {
    const std::lock_guard lock(mutex_);
    if (is_terminal(state_.status)) return true;
    output_bytes_ += text->size();
    if (output_bytes_ > limits_.output_bytes) return false;
    index = state_.outputs.size();
    state_.outputs.push_back(text);
    changed(EventKind::kOutput);
  }
  if (spec_.observable) events_.append(EventKind::kOutput, std::move(text), index);
  return true;
}

void Prediction::add_log(ipc::LogSource source, std::string_view data) {
  if (data.empty()) return;
  if (spec_.on_log) spec_.on_log(spec_.id, source, data);
  std::string piece;
  if (data.size() > kMaxLogPiece) {
    piece = cut_piece(data);
    data = piece;
  }
  const std::lock_guard lock(mutex_);
  if (logs_full_ || is_terminal(state_.status)) return;
  if (state_.logs.size() + data.size() > limits_.log_bytes) {
    logs_full_ = true;
    piece = "\n[cogpp] more than " + std::to_string(limits_.log_bytes) +
            " bytes of logs; the rest of this prediction's is not kept\n";
    data = piece;
  }
  state_.logs += data;
  changed(EventKind::kLog);
  if (!spec_.observable) return;
  std::string event = "{\"data\":";
  append_quoted(event, data);
  event += ",\"source\":\"";
  event += name_of(source);
  event += "\"}";
  emit(EventKind::kLog, std::move(event));
}

void Prediction::add_metric(const ipc::Metric& metric) {
  const std::lock_guard lock(mutex_);
  if (is_terminal(state_.status)) return;
  if (!state_.metrics.is_object()) state_.metrics = Json::object();
  if (!merge_metric(state_.metrics, metric) || !spec_.observable) return;
  emit(EventKind::kMetric, to_text(Json{{"mode", metric_mode_name(metric.mode)},
                                        {"name", metric.name},
                                        {"value", metric.value}}));
}

void Prediction::conclude(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  if (is_terminal(state_.status)) return;
  state_.status = outcome.status;
  state_.error = std::move(outcome.error);
  state_.is_array = state_.is_array || outcome.stream;
  ended_ = std::chrono::steady_clock::now();
  // The time in a queue is not the model's.
  if (started_) state_.predict_time = seconds_between(*started_, *ended_);
  std::string last = spec_.observable ? last_event() : std::string();
  changed(EventKind::kCompleted);
  if (spec_.observable) emit(EventKind::kCompleted, std::move(last));
}

// It holds the whole output once more; without the memory for that the prediction fails.
std::string Prediction::last_event() {
  try {
    return snapshot_body(state_);
  } catch (const std::bad_alloc&) {
    state_.status = PredictionStatus::kFailed;
    state_.error = kNoMemory;
    state_.outputs.clear();
    state_.logs.clear();
    return snapshot_body(state_);
  }
}

void Prediction::emit(EventKind kind, std::string text, std::uint64_t index) {
  events_.append(kind, std::make_shared<const std::string>(std::move(text)), index);
}

void Prediction::request_cancel() {
  stop_.request_stop();
  std::shared_ptr<WorkerLink> worker;
  Ticket ticket;
  {
    const std::lock_guard lock(mutex_);
    worker = worker_;
    ticket = ticket_;
  }
  if (worker) worker->cancel(ticket, spec_.id);
}

bool Prediction::cancel_requested() const { return stop_.stop_requested(); }

void Prediction::expire(std::string error) {
  {
    const std::lock_guard lock(mutex_);
    if (is_terminal(state_.status) || cancel_requested()) return;
    expiry_ = std::move(error);
  }
  request_cancel();
}

std::string Prediction::expiry() const {
  const std::lock_guard lock(mutex_);
  return expiry_;
}

void Prediction::dispatched(std::shared_ptr<WorkerLink> worker, Ticket ticket) {
  {
    const std::lock_guard lock(mutex_);
    worker_ = std::move(worker);
    ticket_ = ticket;
  }
  if (stop_.stop_requested()) request_cancel();
}

void Prediction::returned() {
  const std::lock_guard lock(mutex_);
  worker_.reset();
}

bool Prediction::done() const { return is_terminal(status()); }

SharedText Prediction::reply() const {
  const std::lock_guard lock(mutex_);
  return reply_body(state_);
}

std::string Prediction::snapshot(bool with_input) const {
  if (!with_input) {
    const std::lock_guard lock(mutex_);
    return snapshot_body(state_, nullptr);
  }
  const std::string input = spec_.input_tree.is_null() ? spec_.input : to_text(spec_.input_tree);
  const std::lock_guard lock(mutex_);
  return snapshot_body(state_, &input);
}

std::string Prediction::snapshot_at(const SnapshotMark& mark) const {
  PredictionState then;
  then.id = spec_.id;
  then.status = PredictionStatus::kProcessing;
  then.metrics = *mark.metrics;
  {
    const std::lock_guard lock(mutex_);
    then.logs = state_.logs.substr(0, mark.log_bytes);
    const auto begin = state_.outputs.begin();
    then.outputs.assign(begin, begin + static_cast<std::ptrdiff_t>(mark.outputs));
  }
  return snapshot_body(then);
}

std::string Prediction::logs() const {
  const std::lock_guard lock(mutex_);
  return state_.logs;
}

double Prediction::predict_time() const {
  const std::lock_guard lock(mutex_);
  return state_.predict_time;
}

std::optional<SlotTimes> Prediction::slot_times() const {
  const std::lock_guard lock(mutex_);
  if (!started_) return std::nullopt;
  return SlotTimes{.waited = seconds_between(created_, *started_), .run = state_.predict_time};
}

PredictionStatus Prediction::status() const {
  const std::lock_guard lock(mutex_);
  return state_.status;
}

}  // namespace cogpp::server
