// What an import of one weight would do, and doing it up to the push (cog-cli §11.1).
// Main thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/image/image.hpp"
#include "cli/support/context.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/source.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {

enum class PlanStatus { kNew, kUnchanged, kConfigChanged, kUpstreamChanged };

struct WeightPlan {
  schema::WeightConfig weight;
  PlanStatus status = PlanStatus::kNew;
  std::vector<std::string> changes;   ///< Against the lock, for people.
  std::vector<LockedSource> sources;  ///< With their present fingerprints.
  std::vector<WeightFile> files;      ///< What is taken, by path; a later source wins.
  std::vector<WeightFile> excluded;   ///< What the patterns leave out, by path.

  std::uint64_t size() const;
};

/// Looks what the sources hold now. `lock` may be null.
Result<WeightPlan> plan_weight(const schema::WeightConfig& weight,
                               const std::filesystem::path& project, const WeightsLock* lock,
                               const WeightStore& store, Context& context);

/// The plan's lines for people; `all_files` lists what is taken and what is not.
std::vector<std::string> plan_lines(const WeightPlan& plan, bool all_files);

struct BuiltWeight {
  LockedWeight locked;
  Image image;
};

/// Puts the plan's files into the store, and packs them. `now` in seconds since 1970 is
/// the time of import, unless nothing has changed since the one that `lock` has.
Result<BuiltWeight> build_weight(WeightPlan& plan, const WeightsLock* lock,
                                 const WeightStore& store, std::int64_t now, Context& context);

}  // namespace cogpp::cli
