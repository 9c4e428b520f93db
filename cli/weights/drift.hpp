// Whether weights.lock still says what cog.yaml asks for (cog-cli §11.4). Looks at
// neither the files nor the registry. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/weights/lockfile.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {

/// How the URI of a directory begins.
inline constexpr std::string_view kFileScheme = "file://";

/// How a source is written in the lock: a directory of the project always as `file://./dir`.
std::string normalized_uri(const std::string& uri);

/// The patterns of a source in the order of the lock.
LockedSource normalized_source(const schema::WeightSource& source);

/// What differs in what the user wrote: `target: /old → /new`. Empty: nothing.
std::vector<std::string> weight_changes(const schema::WeightConfig& weight,
                                        const LockedWeight& locked);

/// An error that lists every difference and says what to do. Succeeds without weights.
Status check_weights_lock(const std::vector<schema::WeightConfig>& weights,
                          const std::optional<WeightsLock>& lock);
/// The same with the lock of the project in `directory`, which is read.
Status check_weights_lock(const std::vector<schema::WeightConfig>& weights,
                          const std::filesystem::path& directory);

}  // namespace cogpp::cli
