// One prediction on its thread: input, output, metrics, and how it ends.
#include "cogpp/prediction.hpp"

#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cogpp/detail/runtime.hpp"
#include "runtime/sdk/failure.hpp"
#include "runtime/sdk/metrics.hpp"
#include "runtime/sdk/tree.hpp"
#include "schema/utf8.hpp"

namespace cogpp {
namespace detail {
namespace {

/// What current() and log() refer to in a thread.
struct Running {
  Call* call = nullptr;
  void* host = nullptr;
  const CogppHostTable* table = nullptr;
};
thread_local Running running;

constexpr int kStdout = 1;

/// What stands before an exception (cog-runtime §11, live B23).
const char* phase_text(Phase phase) {
  if (phase == Phase::kIterate) return "Generator iteration error: ";
  return phase == Phase::kTrain ? "Training failed: " : "Prediction failed: ";
}

}  // namespace

struct Call::State {
  const CogppPrediction& prediction;
  Running outer;
  Phase phase = Phase::kInput;
  std::string id;
  std::filesystem::path directory;
  std::optional<sdk::Tree> input = {};
  std::optional<std::map<std::string, std::string>> context = {};
  std::mutex context_mutex = {};  ///< Guards `context`.
  sdk::MetricTypes metrics = {};

  /// The input's own, parsed once. Throws InputError when it is no JSON object.
  const sdk::Tree& members();
  const CogppHostTable& host() const { return *prediction.host_table; }
  void fail(const std::string& error) const { host().fail(prediction.host, as_text(error)); }
};

Call::Call(const CogppPrediction& prediction)
    : state_(new State{.prediction = prediction,
                       .outer = running,
                       .id = std::string(as_view(prediction.id)),
                       .directory = as_view(prediction.directory)}) {
  running = {this, prediction.host, prediction.host_table};
}

Call::~Call() { running = state_->outer; }

void Call::phase(Phase phase) { state_->phase = phase; }

const sdk::Tree& Call::State::members() {
  if (!input) {
    auto parsed = parse_json(as_view(prediction.input));
    if (!parsed) throw InputError("the input is not JSON: " + parsed.error().message);
    if (!parsed->is_object()) throw InputError("the input must be an object");
    input = std::move(*parsed);
  }
  return *input;
}

std::optional<Node> Call::find(const Description& description, std::size_t input) {
  auto found = Node(&state_->members()).find(description.name(input));
  return found ? found : description.default_of(input);
}

void Call::refuse_unknown(const Description& description, const std::string& function) {
  for (const auto& [name, value] : state_->members().items()) {
    if (description.has_input(name)) continue;
    throw std::invalid_argument(function + "() got an unexpected keyword argument '" + name + "'");
  }
}

void Call::output(std::string_view json) {
  state_->host().output(state_->prediction.host, as_text(json));
}

void Call::file(const std::filesystem::path& path) {
  const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  state_->host().file(state_->prediction.host, as_text(absolute));
}

bool Call::cancelled() const noexcept {
  return state_->host().cancelled(state_->prediction.host) != 0;
}

int Call::ended(int outcome) const noexcept { return cancelled() ? COGPP_CANCELED : outcome; }

int Call::failed() noexcept {
  try {
    throw;
  } catch (const Cancelled&) {
    return COGPP_CANCELED;
  } catch (const InputError& error) {
    state_->fail(std::string("Input validation error: ") + error.what());
  } catch (const OutputError& error) {
    state_->fail(std::string("Prediction failed: Failed to serialize output: ") + error.what());
  } catch (...) {
    state_->fail(std::string("Prediction failed: ") + phase_text(state_->phase) +
                 sdk::describe_exception());
  }
  return COGPP_FAILED;
}

void TextPieces::add(std::string_view piece) {
  const std::string text = join_whole(held_, piece);
  if (text.empty() && !held_.empty()) return;
  std::string json;
  append(json, std::string_view(text));
  call_.output(json);
}

void TextPieces::finish() {
  if (held_.empty()) return;
  std::string json;
  append(json, std::string_view(to_utf8(held_)));
  held_.clear();
  call_.output(json);
}

int run_setup(void (*body)(void*), void* argument, void* host, const CogppHostTable* table) {
  const Running outer = std::exchange(running, Running{nullptr, host, table});
  int outcome = COGPP_SUCCEEDED;
  try {
    body(argument);
  } catch (...) {
    table->fail(host, as_text("setup failed: " + sdk::describe_exception()));
    outcome = COGPP_FAILED;
  }
  running = outer;
  return outcome;
}

int run_healthcheck(bool (*healthy)(void*), void* argument, void* host,
                    const CogppHostTable* table) {
  const Running outer = std::exchange(running, Running{nullptr, host, table});
  std::string error;
  try {
    if (!healthy(argument)) error = "user-defined healthcheck returned False";
  } catch (...) {
    error = sdk::describe_exception();
  }
  running = outer;
  if (error.empty()) return COGPP_SUCCEEDED;
  table->fail(host, as_text("Healthcheck failed: " + error));
  return COGPP_FAILED;
}

}  // namespace detail

namespace {

[[noreturn]] void no_prediction(const char* function) {
  throw std::logic_error(std::string("cogpp::Prediction::") + function +
                         ": no prediction runs in this thread");
}

}  // namespace

Prediction current() noexcept { return Prediction(detail::running.call); }

const std::string& Prediction::id() const {
  if (!call_) no_prediction("id()");
  return call_->state().id;
}

const std::filesystem::path& Prediction::directory() const {
  if (!call_) no_prediction("directory()");
  return call_->state().directory;
}

const std::map<std::string, std::string>& Prediction::context() const {
  if (!call_) no_prediction("context()");
  auto& state = call_->state();
  const std::lock_guard lock(state.context_mutex);
  if (!state.context) {
    state.context.emplace();
    const auto parsed = parse_json(detail::as_view(state.prediction.context));
    if (parsed && parsed->is_object()) {
      for (const auto& [key, value] : parsed->items()) {
        if (value.is_string()) state.context->emplace(key, value.template get<std::string>());
      }
    }
  }
  return *state.context;
}

bool Prediction::cancelled() const noexcept { return call_ && call_->cancelled(); }

void Prediction::throw_if_cancelled() const {
  if (cancelled()) throw Cancelled();
}

void Prediction::record_metric(std::string_view name, const Json& value, MetricMode mode) const {
  if (!call_) return;
  auto& state = call_->state();
  state.metrics.check(name, value, mode);
  std::string text;
  try {
    detail::append(text, value);
  } catch (const detail::OutputError&) {
    text = "null";  // as in Cog, a NaN removes the metric
  }
  state.host().metric(state.prediction.host, detail::as_text(name), detail::as_text(text),
                      static_cast<int>(mode));
}

void Prediction::delete_metric(std::string_view name) const {
  if (!call_) return;
  auto& state = call_->state();
  state.metrics.forget(name);
  state.host().metric(state.prediction.host, detail::as_text(name), detail::as_text("null"),
                      static_cast<int>(MetricMode::kReplace));
}

void log(std::string_view text) {
  std::string line(text);
  if (!line.ends_with('\n')) line += '\n';
  const auto& running = detail::running;
  if (running.table) {
    running.table->log(running.host, detail::kStdout, detail::as_text(line));
  } else {
    std::fwrite(line.data(), 1, line.size(), stderr);
  }
}

}  // namespace cogpp
