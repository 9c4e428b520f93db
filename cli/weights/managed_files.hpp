// Which files of a project are managed weights (cog-cli §11.8): an image names them and holds
// none of their bytes. Reads no file; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "schema/config.hpp"

namespace cogpp::cli {

class ManagedFiles {
 public:
  /// `directory` is the project's.
  ManagedFiles(const std::vector<schema::WeightConfig>& weights,
               const std::filesystem::path& directory);

  /// Whether the file `path`, relative to the project, is in a source of weights. A source that
  /// is the project's own folder holds the code as well: of it only what `include` names counts.
  bool contains(const std::filesystem::path& path) const { return place_of(path).has_value(); }

  /// Where a container has that file; nothing: it is no managed weight.
  std::optional<std::filesystem::path> place_of(const std::filesystem::path& path) const;

 private:
  struct Source {
    std::filesystem::path directory;  ///< Relative to the project.
    std::filesystem::path target;     ///< In a container.
    std::vector<std::string> include;
    std::vector<std::string> exclude;
  };
  std::vector<Source> sources_;
};

}  // namespace cogpp::cli
