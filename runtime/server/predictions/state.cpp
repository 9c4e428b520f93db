// Writes the bodies by hand, keys in sorted order: an output chunk may be large and
// is already JSON text, so it is not copied into a tree, nor into the reply.
#include "runtime/server/predictions/state.hpp"

#include <array>

namespace cogpp::server {
namespace {

constexpr std::array<const char*, 5> kStatusNames{"starting", "processing", "succeeded", "failed",
                                                  "canceled"};

void append_metrics(std::string& out, const PredictionState& state) {
  const bool timed = is_terminal(state.status);
  if (!state.metrics.is_object() || state.metrics.empty()) {
    out += timed ? "{\"predict_time\":" + to_text(Json(state.predict_time)) + "}" : "{}";
    return;
  }
  if (!timed) {
    out += to_text(state.metrics);
    return;
  }
  Json metrics = state.metrics;
  metrics["predict_time"] = state.predict_time;  // The server's own wins over the model's.
  out += to_text(metrics);
}

void append_array(SharedText& out, const PredictionState& state) {
  out.tail() += '[';
  for (std::size_t i = 0; i < state.outputs.size(); ++i) {
    if (i > 0) out.tail() += ',';
    out.append(state.outputs[i]);
  }
  out.tail() += ']';
}

/// The output of a prediction that succeeded (§3.7).
void append_final(SharedText& out, const PredictionState& state) {
  if (state.is_array || state.outputs.size() > 1) {
    append_array(out, state);
  } else if (state.outputs.empty()) {
    out.tail() += "null";
  } else {
    out.append(state.outputs.front());
  }
}

constexpr std::size_t kUsualBytes = 192;

void append_member(std::string& out, const char* key, std::string_view text) {
  out += out.empty() ? "{\"" : ",\"";
  out += key;
  out += "\":";
  append_quoted(out, text);
}

void append_status(std::string& out, PredictionStatus status) {
  out += ",\"status\":\"";
  out += name_of(status);
  out += "\"}";
}

}  // namespace

const char* name_of(PredictionStatus status) {
  return kStatusNames[static_cast<std::size_t>(status)];
}

SnapshotMark mark_of(const PredictionState& state) {
  return {state.logs.size(), state.outputs.size(), std::make_shared<const Json>(state.metrics)};
}

SharedText reply_body(const PredictionState& state) {
  const bool succeeded = state.status == PredictionStatus::kSucceeded;
  SharedText body;
  std::string& out = body.tail();
  out.reserve(kUsualBytes + state.id.size() + state.error.size() + state.logs.size());
  if (state.status == PredictionStatus::kFailed) append_member(out, "error", state.error);
  append_member(out, "id", state.id);
  append_member(out, "logs", succeeded ? std::string_view(state.logs) : std::string_view());
  out += ",\"metrics\":";
  append_metrics(out, state);
  if (succeeded) {
    out += ",\"output\":";
    append_final(body, state);
  }
  append_status(out, state.status);
  return body;
}

std::string snapshot_body(const PredictionState& state, const std::string* input) {
  SharedText body;
  std::string& out = body.tail();
  out.reserve(kUsualBytes + state.id.size() + state.error.size() + state.logs.size() +
              (input != nullptr ? input->size() : 0));
  if (state.status == PredictionStatus::kFailed) append_member(out, "error", state.error);
  append_member(out, "id", state.id);
  if (input != nullptr) out += ",\"input\":" + *input;
  append_member(out, "logs", state.logs);
  out += ",\"metrics\":";
  append_metrics(out, state);
  if (state.status == PredictionStatus::kSucceeded) {
    out += ",\"output\":";
    append_final(body, state);
  } else if (!state.outputs.empty()) {
    out += ",\"output\":";
    append_array(body, state);
  }
  append_status(out, state.status);
  return body.str();
}

}  // namespace cogpp::server
