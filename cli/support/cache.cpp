// To remove a directory is to move it into a temporary one of this process first, with
// the marker's lock held: whoever waits for the lock then sees that it is gone.
#include "cli/support/cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <system_error>

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::hours kPrunePause{24};
constexpr std::chrono::hours kKeptTime{24 * kKeptDays};

/// A folder of the cache. Without a marker, an entry's own time is when it was used last:
/// these cost little to make again, and nothing depends on them while it runs.
struct CachedKind {
  const char* folder;
  const char* marker;
};
constexpr std::array<CachedKind, 10> kCachedKinds{{{"native/artifacts", kArtifactMarker},
                                                   {"native/cmake", ""},
                                                   {"native/requests", ""},
                                                   {"native/digests", ""},
                                                   {"python/environments", kEnvironmentMarker},
                                                   {"python/interpreters", ""},
                                                   {kToolFolder, ""},
                                                   {"uploads", ""},
                                                   {kLayerFolder, ""},
                                                   {kTimesFolder, ""}}};

bool older_than(const fs::path& path, std::chrono::hours age) {
  std::error_code error;
  const auto changed = fs::last_write_time(path, error);
  return !error && fs::file_time_type::clock::now() - changed > age;
}

bool same_file(int fd, const fs::path& path) {
  struct stat open {};
  struct stat named {};
  return ::fstat(fd, &open) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open.st_ino == named.st_ino && open.st_dev == named.st_dev;
}

void prune_entry(const fs::path& entry, const char* marker_name, const fs::path& trash) {
  std::error_code ignored;
  const bool has_marker = *marker_name != '\0';
  // Beside environments stand the locks of those that make them.
  if (has_marker && !fs::is_directory(entry, ignored)) return;
  const fs::path marker = entry / marker_name;
  const bool marked = has_marker && fs::exists(marker, ignored);  // else half-made
  if (!older_than(marked ? marker : entry, kKeptTime)) return;
  const Descriptor lock(marked ? ::open(marker.c_str(), O_RDONLY | O_CLOEXEC) : -1);
  if (marked && (lock.get() < 0 || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)) return;
  // Somebody may have begun and ended a use since the first look.
  if (marked && !older_than(marker, kKeptTime)) return;
  fs::rename(entry, trash / entry.filename(), ignored);
}

std::uint64_t disk_usage(const fs::path& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(directory, error), end; !error && entry != end;
       entry.increment(error)) {
    struct stat status {};
    if (::lstat(entry->path().c_str(), &status) == 0) {
      bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;  // the unit of st_blocks
    }
  }
  return bytes;
}

std::size_t count_entries(const fs::path& folder, fs::file_type type) {
  std::size_t count = 0;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    if (entry.status(ignored).type() == type) ++count;
  }
  return count;
}

}  // namespace

std::optional<CacheUse> CacheUse::begin(const fs::path& marker) {
  Descriptor lock(::open(marker.c_str(), O_RDONLY | O_CLOEXEC));
  if (lock.get() < 0) return std::nullopt;
  // Who removes it holds the lock for a moment only. Where a file system knows no locks
  // nothing is ever removed, either.
  ::flock(lock.get(), LOCK_SH);
  if (!same_file(lock.get(), marker)) return std::nullopt;
  ::futimens(lock.get(), nullptr);
  return CacheUse(std::move(lock));
}

void CacheUse::keep_over_exec() const {
  if (lock_.get() >= 0) ::fcntl(lock_.get(), F_SETFD, 0);
}

void prune_cache(const fs::path& cache) {
  std::error_code ignored;
  const fs::path stamp = cache / "pruned";
  if (fs::exists(stamp, ignored) && !older_than(stamp, kPrunePause)) return;
  if (!write_file(stamp, "")) return;
  const fs::path trash = cache / "trash";
  remove_abandoned(trash);
  const Result<TemporaryDirectory> own = TemporaryDirectory::create(trash);
  if (!own) return;
  for (const CachedKind& kind : kCachedKinds) {
    // Of a name that two folders have, the second must not replace the first.
    const fs::path into = own->path() / fs::path(kind.folder).filename();
    fs::create_directory(into, ignored);
    for (const auto& entry : fs::directory_iterator(cache / kind.folder, ignored)) {
      prune_entry(entry.path(), kind.marker, into);
    }
  }
}

std::vector<CacheUsage> cache_usage(const fs::path& cache) {
  constexpr auto kDirectory = fs::file_type::directory;
  return {{"compiled predictors", cache / "native",
           count_entries(cache / "native/artifacts", kDirectory), disk_usage(cache / "native")},
          {"Python environments", cache / "python",
           count_entries(cache / "python/environments", kDirectory), disk_usage(cache / "python")},
          {"layers of base images", cache / kLayerFolder,
           count_entries(cache / kLayerFolder, fs::file_type::regular),
           disk_usage(cache / kLayerFolder)},
          {"notes of images' times", cache / kTimesFolder,
           count_entries(cache / kTimesFolder, fs::file_type::regular),
           disk_usage(cache / kTimesFolder)}};
}

}  // namespace cogpp::cli
