// How a prediction is shown to those who ask for it later.
#include <utility>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/state.hpp"

namespace cogpp::server {
namespace {

/// Beside its texts.
constexpr std::uint64_t kPredictionBytes = 2048;

}  // namespace

// With mutex_ held. Without the closing brace.
std::string Prediction::times() const {
  const auto show = [this](const std::optional<SteadyTime>& time) {
    if (!time) return std::string("null");
    const auto since = std::chrono::duration_cast<SystemTime::duration>(*time - created_);
    return '"' + rfc3339_nanos(created_at_ + since) + '"';
  };
  std::string out = "{\"created_at\":" + show(created_);
  out += ",\"started_at\":" + show(started_);
  out += ",\"completed_at\":" + show(ended_);
  return out;
}

std::string Prediction::record() const {
  const std::string input = spec_.input_tree.is_null() ? spec_.input : to_text(spec_.input_tree);
  const std::lock_guard lock(mutex_);
  return times() + ',' + snapshot_body(state_, &input).substr(1);
}

std::string Prediction::summary() const {
  const std::lock_guard lock(mutex_);
  std::string out = times() + ",\"id\":" + cogpp::quoted(state_.id) + ",\"status\":\"";
  out += name_of(state_.status);
  out += '"';
  if (ended_) out += ",\"predict_time\":" + to_text(Json(state_.predict_time));
  if (state_.status == PredictionStatus::kFailed) {
    out += ",\"error\":" + cogpp::quoted(state_.error);
  }
  return out + '}';
}

std::uint64_t Prediction::bytes() const {
  const std::uint64_t input =
      spec_.input_tree.is_null() ? spec_.input.size() : 2 * to_text(spec_.input_tree).size();
  const std::lock_guard lock(mutex_);
  std::uint64_t metrics = 0;
  if (!state_.metrics.is_null()) metrics = 4 * to_text(state_.metrics).size();
  return kPredictionBytes + 2 * spec_.id.size() + input + spec_.context.size() +
         state_.logs.capacity() + output_bytes_ + metrics + state_.error.size() + events_.bytes();
}

}  // namespace cogpp::server
