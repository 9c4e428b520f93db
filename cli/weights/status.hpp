// How the weights of a project stand: cog.yaml against weights.lock against the registry
// (cog-cli §11.3). Values; asking the registry is the main thread's.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/registry/push.hpp"
#include "cli/weights/lockfile.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {

enum class WeightState { kReady, kIncomplete, kStale, kPending, kOrphaned };

struct WeightReport {
  std::string name;
  std::string target;
  WeightState state = WeightState::kPending;
  std::optional<LockedWeight> locked = std::nullopt;
  std::vector<bool> layers = {};  ///< Of the lock: in the registry or not; empty: not asked.
};

/// Those of cog.yaml in its order, then what only the lock has. No network: a weight that
/// nothing has changed of is kReady until check_layers() has asked.
std::vector<WeightReport> compare_weights(const std::vector<schema::WeightConfig>& weights,
                                          const std::optional<WeightsLock>& lock);

/// Asks for every layer of those that are kReady.
Status check_layers(std::vector<WeightReport>& reports, const std::string& repository,
                    Registry& registry);

bool all_ready(const std::vector<WeightReport>& reports);

/// The table for people; `layers` adds a row for each layer.
std::string status_table(const std::vector<WeightReport>& reports, bool layers);
/// `{"weights":[…]}`, indented.
std::string status_json(const std::vector<WeightReport>& reports);

}  // namespace cogpp::cli
