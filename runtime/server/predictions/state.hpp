// What is known about one prediction, and its JSON forms (cog-runtime §3).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/server/support/shared_text.hpp"
#include "schema/json.hpp"

namespace cogpp::server {

enum class PredictionStatus { kStarting, kProcessing, kSucceeded, kFailed, kCanceled };

inline bool is_terminal(PredictionStatus status) { return status > PredictionStatus::kProcessing; }
const char* name_of(PredictionStatus status);

/// How a prediction ended.
struct Outcome {
  PredictionStatus status = PredictionStatus::kSucceeded;
  std::string error;    ///< Only of kFailed.
  bool stream = false;  ///< The output is an array whatever the number of chunks.

  static Outcome failed(std::string error) {
    return {PredictionStatus::kFailed, std::move(error), false};
  }
  static Outcome canceled() { return {PredictionStatus::kCanceled, {}, false}; }
};

/// Of a prediction that had a slot, in seconds.
struct SlotTimes {
  double waited = 0;  ///< From its creation to the slot.
  double run = 0;     ///< From there to its end.
};

/// A plain value; Prediction guards it.
struct PredictionState {
  std::string id;
  PredictionStatus status = PredictionStatus::kStarting;
  std::string logs;
  std::vector<std::shared_ptr<const std::string>> outputs;  ///< JSON text of each chunk.
  Json metrics;                                             ///< Null or an object.
  std::string error;                                        ///< Only of kFailed.
  bool is_array = false;    ///< The output is an array whatever the number of chunks.
  double predict_time = 0;  ///< Seconds; only of a terminal status.
};

/// What a prediction that goes on looked like at one moment: logs and outputs only grow.
struct SnapshotMark {
  std::size_t log_bytes = 0;
  std::size_t outputs = 0;
  std::shared_ptr<const Json> metrics;
};
SnapshotMark mark_of(const PredictionState& state);

/// The body of a finished prediction's reply (§3.1). Logs and output of a failed or
/// canceled one are not shown, as in Cog.
SharedText reply_body(const PredictionState& state);
/// The state so far (§3.6), as SSE's `completed` and webhooks have it; with `input`
/// (JSON text) for the 202 of a repeated PUT (§3.4).
std::string snapshot_body(const PredictionState& state, const std::string* input = nullptr);

}  // namespace cogpp::server
