// How a prediction is shown to those who ask for it later.
#include <utility>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/state.hpp"

namespace cogpp::server {
namespace {

/// Beside its texts.
constexpr std::uint64_t kPredictionBytes = 2048;
/// A node of a tree, and its place in its parent.
constexpr std::uint64_t kNodeBytes = 64;

std::uint64_t tree_bytes(const Json& tree) {
  if (const auto* text = tree.get_ptr<const std::string*>()) return kNodeBytes + text->size();
  std::uint64_t bytes = tree.is_null() ? 0 : kNodeBytes;
  if (tree.is_array()) {
    for (const Json& value : tree) bytes += tree_bytes(value);
  } else if (tree.is_object()) {
    for (const auto& [name, value] : tree.items()) bytes += name.size() + tree_bytes(value);
  }
  return bytes;
}

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

std::uint64_t Prediction::input_bytes() const {
  return spec_.input.size() + tree_bytes(spec_.input_tree) + spec_.context.size();
}

std::uint64_t Prediction::bytes() const {
  const std::lock_guard lock(mutex_);
  std::uint64_t metrics = 0;
  if (!state_.metrics.is_null()) metrics = 4 * to_text(state_.metrics).size();
  return kPredictionBytes + 2 * spec_.id.size() + input_bytes() + state_.logs.capacity() +
         output_bytes_ + metrics + state_.error.size() + events_.bytes();
}

}  // namespace cogpp::server
