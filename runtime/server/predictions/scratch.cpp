// Tells by a directory's time of change whether anything was put in it.
#include "runtime/server/predictions/scratch.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "schema/environment.hpp"
#include "schema/errno_text.hpp"

namespace cogpp::server {
namespace {

constexpr const char* kPrefix = "cogpp-server-";
constexpr std::time_t kYoungSeconds = 60;

/// File times advance with the kernel's tick; within two of them a change may not
/// show.
constexpr long long kTickNanos = 20'000'000;

long long nanos(const timespec& time) { return time.tv_sec * 1'000'000'000LL + time.tv_nsec; }

/// Holds the directory's lock, or nothing when another process does.
UniqueFd lock_directory(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  if (directory && ::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) directory.reset();
  return directory;
}

void remove_abandoned(const std::string& base) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(base, failed)) {
    struct stat info {};
    const std::string path = entry.path();
    if (!entry.path().filename().string().starts_with(kPrefix)) continue;
    // One that is just being made is not locked yet.
    if (::lstat(path.c_str(), &info) != 0 || std::time(nullptr) - info.st_mtime < kYoungSeconds) {
      continue;
    }
    if (info.st_uid != ::geteuid() || !lock_directory(path)) continue;
    std::filesystem::remove_all(path, failed);
  }
}

}  // namespace

Result<std::shared_ptr<ScratchRoot>> ScratchRoot::create() {
  const std::string variable = environment_variable("TMPDIR");
  const std::string base = variable.empty() ? "/tmp" : variable;
  remove_abandoned(base);
  std::string pattern = base + "/" + kPrefix + "XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return Error{"cannot make a temporary directory '" + pattern + "': " + errno_text() +
                 "; set TMPDIR to a directory that can be written"};
  }
  return std::shared_ptr<ScratchRoot>(new ScratchRoot(pattern, lock_directory(pattern)));
}

ScratchRoot::~ScratchRoot() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Scratch::Scratch(std::shared_ptr<ScratchRoot> root, const std::string& name)
    : root_(std::move(root)), path_(root_->path() / name) {
  [[maybe_unused]] const Status made = make();  // open() tries again and reports.
}

Scratch::~Scratch() {
  if (!root_) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Status Scratch::make() {
  struct stat info {};
  if (::mkdir(path_.c_str(), 0700) != 0 || ::stat(path_.c_str(), &info) != 0) {
    return Error{"cannot make the prediction's directory '" + path_ + "': " + errno_text()};
  }
  made_ = info.st_mtim;
  exists_ = true;
  return {};
}

Result<std::string> Scratch::open() {
  if (!root_) return Error{"this slot has no directory"};
  if (!exists_) {
    if (auto made = make(); !made) return made.error();
  }
  ::clock_gettime(CLOCK_REALTIME_COARSE, &opened_);
  return path_;
}

void Scratch::close() {
  if (!root_ || untouched()) return;
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
  exists_ = false;
  [[maybe_unused]] const Status made = make();
}

bool Scratch::untouched() const {
  struct stat info {};
  if (!exists_ || ::stat(path_.c_str(), &info) != 0) return false;
  if (nanos(info.st_mtim) != nanos(made_)) return false;
  if (nanos(opened_) - nanos(made_) > kTickNanos) return true;
  std::error_code failed;
  return std::filesystem::is_empty(path_, failed) && !failed;
}

}  // namespace cogpp::server
