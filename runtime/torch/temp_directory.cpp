#include "runtime/torch/temp_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "cogpp-pt2-";
constexpr const char* kLockName = ".lock";
/// Between mkdtemp() and the lock a directory looks abandoned; give it this long.
constexpr std::chrono::minutes kMinimumAge{1};

fs::path temp_root() {
  const char* wanted = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe)
  return wanted != nullptr && *wanted != '\0' ? fs::path(wanted) : fs::path("/tmp");
}

/// Holds the lock of `directory`, or -1 where someone else does or on an error.
int take_lock(const fs::path& directory, int flags) {
  const int lock =
      open((directory / kLockName).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
  if (lock < 0) return -1;
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) return lock;
  close(lock);
  return -1;
}

void remove_if_abandoned(const fs::path& directory) {
  std::error_code error;
  const auto changed = fs::last_write_time(directory, error);
  if (error || fs::file_time_type::clock::now() - changed < kMinimumAge) return;
  const int lock = take_lock(directory, 0);
  if (lock < 0) return;
  fs::remove_all(directory, error);
  close(lock);
}

void sweep(const fs::path& root) {
  std::error_code error;
  for (fs::directory_iterator entry(root, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().filename().string().starts_with(kPrefix)) remove_if_abandoned(entry->path());
  }
}

}  // namespace

Result<TempDirectory> TempDirectory::create() {
  const fs::path root = temp_root();
  sweep(root);
  std::string name = (root / (std::string(kPrefix) + "XXXXXX")).string();
  if (mkdtemp(name.data()) == nullptr) {
    return Error{"no temporary directory could be made in " + root.string() + ": " +
                 std::strerror(errno) + "; set TMPDIR to a writable folder"};
  }
  const int lock = take_lock(name, O_CREAT);
  TempDirectory made(name, lock);
  if (lock < 0) return Error{"no file could be written in " + name + ": " + std::strerror(errno)};
  return made;
}

TempDirectory::TempDirectory(TempDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

TempDirectory& TempDirectory::operator=(TempDirectory&& other) noexcept {
  if (this != &other) {
    remove();
    path_ = std::exchange(other.path_, {});
    lock_ = std::exchange(other.lock_, -1);
  }
  return *this;
}

TempDirectory::~TempDirectory() { remove(); }

void TempDirectory::remove() noexcept {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  if (lock_ >= 0) close(lock_);
  path_.clear();
  lock_ = -1;
}

}  // namespace cogpp::torch_models
