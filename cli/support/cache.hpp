// How long things stay in the user's cache: what no command used for kKeptDays is
// removed, at most once a day, when something new has been made. Never what is in use.
//
// A cached directory is in use while a CacheUse of it lives: a shared lock on its
// marker, a file that is written when the directory is complete. The marker's time of
// change is when the directory was used last. Main thread; any number of processes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/files.hpp"

namespace cogpp::cli {

inline constexpr int kKeptDays = 30;

/// Written last into each environment of Python.
inline constexpr const char* kEnvironmentMarker = "cogpp-complete";
/// The same of a build's result.
inline constexpr const char* kArtifactMarker = "signature.json";
/// Where programs lie that were fetched for the environments, relative to the cache.
inline constexpr const char* kToolFolder = "python/tools";
/// Where layers of base images lie, relative to the cache: a file each, called by the digits
/// of its digest. Its own time is when it was used last.
inline constexpr const char* kLayerFolder = "layers";
/// Which images of an engine became which with another time, relative to the cache: small files.
inline constexpr const char* kTimesFolder = "times";

class CacheUse {
 public:
  CacheUse() = default;  ///< Of nothing.

  /// Uses the directory of `marker` from now on. No value: the directory is not there.
  static std::optional<CacheUse> begin(const std::filesystem::path& marker);

  /// The use goes on in the program that takes this one's place.
  void keep_over_exec() const;

 private:
  explicit CacheUse(Descriptor lock) : lock_(std::move(lock)) {}
  Descriptor lock_;
};

/// Removes what has not been used for kKeptDays, unless that was looked for less than a
/// day ago. Failures are left for the next time.
void prune_cache(const std::filesystem::path& cache);

/// What one kind of thing takes on the disk.
struct CacheUsage {
  std::string what;  ///< "compiled predictors"
  std::filesystem::path directory;
  std::size_t entries = 0;
  std::uint64_t bytes = 0;
};

/// Reads the size of every file.
std::vector<CacheUsage> cache_usage(const std::filesystem::path& cache);

}  // namespace cogpp::cli
