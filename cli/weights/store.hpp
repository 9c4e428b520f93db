// The user's store of weights, one file a content: shared by projects, and with Cog
// (cog-cli §11.8). Files in it never change. Any thread, any number of processes.
#pragma once

#include <filesystem>

#include "cli/image/digest.hpp"
#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

class WeightStore {
 public:
  explicit WeightStore(std::filesystem::path root) : root_(std::move(root)) {}
  /// Of $COG_CACHE_DIR, $XDG_CACHE_HOME/cog or ~/.cache/cog. Not created.
  static WeightStore of_user();

  const std::filesystem::path& root() const { return root_; }
  /// Where the content is, or would be.
  std::filesystem::path file(const Digest& digest) const;
  /// Whether it is there in that size.
  bool has(const Digest& digest, std::uint64_t size) const;
  /// A directory for files before they have their name, on the same file system. Those of
  /// processes that are gone are removed.
  Result<TemporaryDirectory> workspace() const;
  /// Gives a complete file its name. It is read-only from then on.
  Status adopt(const std::filesystem::path& complete, const Digest& digest) const;

 private:
  std::filesystem::path root_;
};

}  // namespace cogpp::cli
