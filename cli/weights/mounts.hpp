// Managed weights as folders that a container mounts: trees of hard links into the user's
// store, so that nothing is copied (cog-cli §11.8). Main thread.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/files.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/store.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The folders go with the object; those of programs that were killed go when the next one
/// of the same project is made.
class WeightMounts {
 public:
  struct Folder {
    std::filesystem::path source;
    std::string target;  ///< Absolute, in the container.
  };

  WeightMounts() = default;
  /// In `state`/mounts (the project's `.cog`). Without one, and where it is on another file
  /// system than the store, in the store's own `mounts`. The error names a file that the
  /// store lacks.
  static Result<WeightMounts> create(const std::vector<LockedWeight>& weights,
                                     const WeightStore& store, const std::filesystem::path& state);

  const std::vector<Folder>& folders() const { return folders_; }

 private:
  std::vector<TemporaryDirectory> directory_;  ///< One, or none without weights.
  std::vector<Folder> folders_;
};

}  // namespace cogpp::cli
