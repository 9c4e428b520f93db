// Admission in Cog's order of checks, and the run around runner.hpp.
#include "runtime/server/predictions/service.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

#include "schema/file_inputs.hpp"

namespace cogpp::server {
namespace {

constexpr const char* kTarget = "coglet::prediction";
constexpr const char* kNotReady =
    R"({"error":"Setup has not finished yet. Wait until it has finished, or GET /health-check for status.","status":"failed"})";
constexpr const char* kBusy =
    R"({"error":"At capacity - all prediction slots busy","status":"failed"})";
constexpr const char* kNoTrainingStreams =
    R"({"error":"Training endpoints do not support streaming responses."})";
constexpr const char* kQueueFull =
    R"({"error":"At capacity - all prediction slots busy and the queue is full","status":"failed"})";
constexpr int kLongestRetry = 60;
/// A slot that comes free in this time is used rather than refused. Also the pace of
/// clients that ask again at once: their refusals would take the model's processor.
constexpr std::chrono::milliseconds kBeforeRefusal{10};
constexpr const char* kNoStreaming =
    R"({"error":"This model does not support streaming responses. Add @cog.streaming to predict() to enable SSE."})";

Json log_fields(const Prediction& prediction) {
  Json fields = {{"prediction_id", prediction.id()}};
  if (!prediction.spec().trace.empty()) fields["traceparent"] = prediction.spec().trace;
  return fields;
}

std::optional<WebhookRequest> webhook_of(const NewPrediction& request) {
  if (!request.webhook) return std::nullopt;
  return WebhookRequest{
      .url = *request.webhook, .events = request.webhook_events, .trace = request.trace};
}

}  // namespace

Service::Service(Parts parts, PredictionLimits limits, RunEnvironment environment)
    : parts_(parts), limits_(limits), environment_(std::move(environment)) {}

std::optional<Refusal> Service::stream_gate(bool training) const {
  if (training) return Refusal{406, kNoTrainingStreams};
  const auto model = parts_.health.model();
  if (model && model->streaming) return std::nullopt;
  return Refusal{406, kNoStreaming};
}

Admission Service::admit(NewPrediction request) {
  const auto model = parts_.health.model();
  if (const auto* validator = model ? model->validator_of(request.training) : nullptr) {
    const auto errors = validator->apply(request.input);
    if (!errors.empty()) return Refusal{422, to_text(schema::error_body(errors))};
  }
  if (!model || parts_.health.health() != Health::kReady) return Refusal{503, kNotReady};
  const bool unique = request.unique;
  auto webhook = webhook_of(request);
  // Before the slot is taken: a large input is long in the writing, and what is not registered
  // yet an equal request cannot join.
  PredictionSpec spec = make_spec(std::move(request), *model);
  auto lease = parts_.slots.queue_limit() == 0 ? parts_.slots.lease_within(kBeforeRefusal)
                                               : parts_.slots.lease();
  std::optional<QueuePlace> place;
  if (!lease) {
    auto waiting = wait_or_refuse();
    if (auto* refusal = std::get_if<Refusal>(&waiting)) {
      // The slot, or the last place, may be that of a request with the same id.
      auto same = unique ? find(spec.id) : nullptr;
      if (same) return InFlight{std::move(same)};
      return std::move(*refusal);
    }
    place.emplace(std::get<QueuePlace>(std::move(waiting)));
  }
  auto prediction = std::make_shared<Prediction>(std::move(spec), limits_);
  if (webhook) parts_.webhooks.watch(prediction, std::move(*webhook));
  if (!unique) {
    registry_.add(prediction);
  } else if (auto running = registry_.add_unique(prediction)) {
    return InFlight{std::move(running)};
  } else if (auto kept = parts_.history.find(prediction->id())) {
    registry_.remove(*prediction);  // It ended since the caller looked.
    return InFlight{std::move(kept)};
  }
  {
    const std::lock_guard lock(idle_mutex_);
    ++active_;
  }
  return Admitted{std::move(prediction), std::move(lease), std::move(place)};
}

std::variant<Refusal, QueuePlace> Service::wait_or_refuse() {
  if (parts_.slots.queue_limit() == 0) return Refusal{409, kBusy};
  if (auto place = parts_.slots.enqueue()) return std::move(*place);
  return Refusal{429, kQueueFull, retry_after()};
}

// When about half of the queue will have been served.
int Service::retry_after() const {
  const auto counts = parts_.slots.counts();
  const double turns = static_cast<double>(counts.waiting) /
                       static_cast<double>(std::max<std::size_t>(counts.total, 1)) / 2;
  const double seconds = std::min<double>(turns * mean_seconds_, kLongestRetry);
  return std::max(1, static_cast<int>(std::ceil(seconds)));
}

std::shared_ptr<Prediction> Service::find(const std::string& id) const {
  auto prediction = registry_.find(id);
  return prediction ? prediction : parts_.history.find(id);
}

Forgotten Service::forget(const std::string& id) {
  if (registry_.find(id)) return Forgotten::kInFlight;
  return parts_.history.forget(id) ? Forgotten::kYes : Forgotten::kUnknown;
}

std::vector<std::shared_ptr<Prediction>> Service::list(std::uint64_t before,
                                                       std::size_t most) const {
  // In flight first: what ends in between is then found in the history.
  auto all = registry_.all();
  std::erase_if(all, [before](const auto& one) { return one->spec().number >= before; });
  auto kept = parts_.history.page(before, most);
  all.insert(all.end(), kept.begin(), kept.end());
  const auto newer = [](const auto& a, const auto& b) {
    return a->spec().number > b->spec().number;
  };
  std::sort(all.begin(), all.end(), newer);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.size() > most) all.resize(most);
  return all;
}

PredictionSpec Service::make_spec(NewPrediction request, const Model& model) {
  PredictionSpec spec;
  spec.id = request.generate_id ? next_id() : std::move(request.id);
  spec.context = std::move(request.context);
  spec.is_object = request.input.is_object();
  if (model.takes_files && !schema::file_urls(request.input, model.signature).empty()) {
    spec.input_tree = std::move(request.input);
  } else {
    spec.input = to_text(request.input);
  }
  spec.is_array = model.array_output;
  spec.number = ++last_number_;
  spec.observable = model.streaming || parts_.history.on();
  spec.by_stream = request.stream;
  spec.trace = std::move(request.trace.parent);
  spec.on_log = [this, trace = spec.trace](const std::string& id, ipc::LogSource source,
                                           std::string_view data) {
    Json fields = {{"prediction_id", id}, {"source", name_of(source)}};
    if (!trace.empty()) fields["traceparent"] = trace;
    parts_.log.write_printed(kTarget, data, fields);
  };
  return spec;
}

std::string Service::next_id() {
  using std::chrono::nanoseconds;
  const auto now =
      std::chrono::duration_cast<nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count();
  std::int64_t number = 0;
  {
    const std::lock_guard lock(id_mutex_);
    number = last_id_ = std::max<std::int64_t>(now, last_id_ + 1);
  }
  std::array<char, 16> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), number, 16).ptr;
  return "pred_" + std::string(hex.data(), end);
}

bool Service::cancel(const std::string& id) {
  const auto prediction = registry_.find(id);
  if (!prediction) return false;
  parts_.log.write(LogLevel::kInfo, kTarget, "Cancelling prediction", log_fields(*prediction));
  prediction->request_cancel();
  return true;
}

SharedText Service::run(Admitted admitted, ClientWatch* client) {
  const auto prediction = admitted.prediction;
  if (admitted.lease) {
    run_to_end(prediction, std::move(*admitted.lease), client);
  } else {
    auto turn = wait_for_turn(*admitted.place, *prediction, client);
    run_or_end(prediction, std::move(turn), client);
  }
  return prediction->reply();
}

void Service::run_in_background(Admitted admitted) {
  if (admitted.place) {
    return QueuedRun::start(
        std::move(admitted.prediction), std::move(*admitted.place),
        [this](std::function<void()> task) { parts_.pool.submit(std::move(task)); },
        [this](const std::shared_ptr<Prediction>& prediction, Turn turn) {
          run_or_end(prediction, std::move(turn), nullptr);
        });
  }
  // std::function wants to be copied, a lease cannot be.
  auto shared = std::make_shared<Admitted>(std::move(admitted));
  parts_.pool.submit(
      [this, shared] { run_to_end(shared->prediction, std::move(*shared->lease), nullptr); });
}

void Service::run_or_end(const std::shared_ptr<Prediction>& prediction, Turn turn,
                         ClientWatch* client) {
  if (turn.lease) {
    run_to_end(prediction, std::move(*turn.lease), client);
  } else {
    finish(prediction, std::move(turn.ended));
  }
}

void Service::run_to_end(const std::shared_ptr<Prediction>& prediction, SlotLease lease,
                         ClientWatch* client) {
  if (parts_.log.writes(LogLevel::kDebug, kTarget)) {
    parts_.log.write(LogLevel::kDebug, kTarget, "Starting prediction", log_fields(*prediction));
  }
  Outcome outcome;
  {
    // Nobody may learn of the end while the slot still looks taken.
    const SlotLease held = std::move(lease);
    const TimeLimit::Watch watch(parts_.time_limit, prediction);
    outcome = run_prediction(prediction, *held, environment_, client);
  }
  if (outcome.status == PredictionStatus::kCanceled) {
    if (auto expiry = prediction->expiry(); !expiry.empty()) {
      outcome = Outcome::failed(std::move(expiry));
    }
  }
  finish(prediction, std::move(outcome));
}

void Service::reader_left(Prediction& prediction) {
  if (prediction.spec().by_stream && !prediction.done() && prediction.events().readers() == 0) {
    prediction.request_cancel();
  }
}

void Service::finish(const std::shared_ptr<Prediction>& prediction, Outcome outcome) {
  // Before the end is told, so that who learns of it can find it, or forget it.
  parts_.history.add(prediction);
  registry_.remove(*prediction);
  const std::string error = outcome.error;
  prediction->conclude(std::move(outcome));
  parts_.history.weigh(*prediction);
  log_end(*prediction, error);
  const auto times = prediction->slot_times();
  if (parts_.metrics != nullptr) {
    parts_.metrics->prediction_ended(prediction->status(), times);
  }
  if (times && parts_.slots.queue_limit() > 0) average(times->run);
  const std::lock_guard lock(idle_mutex_);
  if (--active_ == 0) idle_.notify_all();
}

// A lost update among several threads does no harm.
void Service::average(double run_seconds) {
  const double mean = mean_seconds_;
  mean_seconds_ = mean == 0 ? run_seconds : mean + (run_seconds - mean) / 8;
}

// What goes well is of level debug: Cog's two lines for each prediction would be tens of
// thousands of them a second.
void Service::log_end(const Prediction& prediction, const std::string& error) {
  const auto status = prediction.status();
  const auto level = status == PredictionStatus::kSucceeded ? LogLevel::kDebug : LogLevel::kInfo;
  if (!parts_.log.writes(level, kTarget)) return;
  Json fields = log_fields(prediction);
  fields["predict_time"] = prediction.predict_time();
  if (status == PredictionStatus::kFailed) fields["error"] = error;
  parts_.log.write(level, kTarget, std::string("Prediction ") + name_of(status), fields);
}

bool Service::wait_idle(SteadyTime deadline) {
  std::unique_lock lock(idle_mutex_);
  return idle_.wait_until(lock, deadline, [this] { return active_ == 0; });
}

std::size_t Service::in_flight() {
  const std::lock_guard lock(idle_mutex_);
  return active_;
}

}  // namespace cogpp::server
