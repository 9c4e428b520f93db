// File operations. Temporary directories carry their owner's process id in the
// name (`tmp-<pid>-XXXXXX`), which is how abandoned ones are recognised.
#include "cli/support/files.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporaryPrefix = "tmp-";
constexpr std::size_t kCopySize = std::size_t{1} << 18U;
constexpr int kReadPause = 100;  // ms

/// As strerror, but lower-case, the way the rest of the message is written.
std::string reason(int error_number) {
  std::string text = std::generic_category().message(error_number);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::error_code copy_content(int from, int to) {
  std::string buffer(kCopySize, '\0');
  for (;;) {
    const ssize_t count = ::read(from, buffer.data(), buffer.size());
    if (count == 0) return {};
    if (interrupt_pending()) return std::make_error_code(std::errc::operation_canceled);
    if (count < 0 && errno != EINTR) return {errno, std::generic_category()};
    for (ssize_t done = 0; done < count;) {
      const ssize_t written =
          ::write(to, buffer.data() + done, static_cast<std::size_t>(count - done));
      if (written < 0 && errno != EINTR) return {errno, std::generic_category()};
      done += std::max<ssize_t>(written, 0);
    }
  }
}

/// Waits for bytes or their end. False: for a signal that came first.
bool wait_for_bytes(int fd) {
  pollfd bytes{.fd = fd, .events = POLLIN, .revents = 0};
  do {
    if (interrupt_pending()) return false;
  } while (::poll(&bytes, 1, kReadPause) <= 0);
  return true;
}

}  // namespace

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int Descriptor::release() { return std::exchange(fd_, -1); }

void Descriptor::reset() {
  if (fd_ >= 0) ::close(release());
}

Error open_error(const fs::path& path, int error_number) {
  return Error{"open " + path.string() + ": " + reason(error_number)};
}

Result<Descriptor> create_file(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (file.get() < 0) return open_error(path, errno);
  return file;
}

Status write_all(int fd, std::string_view text, const fs::path& path) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return Error{"write " + path.string() + ": " + reason(errno)};
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_file(const fs::path& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return open_error(path, errno);
  if (S_ISDIR(status.st_mode)) return open_error(path, EISDIR);
  std::string text;
  std::size_t used = 0;
  for (;;) {
    // One byte more than the size tells the end of a regular file in one read.
    const auto wanted = static_cast<std::size_t>(status.st_size) + 1;
    text.resize(used + (used < wanted ? wanted - used : used + 65536));
    // A terminal or a pipe may have none for long.
    if (!S_ISREG(status.st_mode) && !wait_for_bytes(file.get())) return interrupted();
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{"read " + path.string() + ": " + reason(errno)};
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  text.resize(used);
  return text;
}

Status write_file(const fs::path& path, std::string_view text, unsigned permissions) {
  // A device or a pipe (`-o /dev/stdout`) is written to, not replaced.
  std::error_code ignored;
  const auto kind = fs::status(path, ignored).type();
  if (kind != fs::file_type::not_found && kind != fs::file_type::regular) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (file.get() < 0) return open_error(path, errno);
    return write_all(file.get(), text, path);
  }
  fs::path part = path;
  part += ".part-" + std::to_string(::getpid());
  const Descriptor file(
      ::open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions));
  if (file.get() < 0) return open_error(path, errno);
  Status written = write_all(file.get(), text, path);
  if (written && ::rename(part.c_str(), path.c_str()) != 0) written = open_error(path, errno);
  if (!written) ::unlink(part.c_str());
  return written;
}

std::error_code copy_regular_file(const fs::path& from, const fs::path& to) {
  const auto failed = [] { return std::error_code(errno, std::generic_category()); };
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (source.get() < 0 || ::fstat(source.get(), &status) != 0) return failed();
  Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (target.get() < 0) return failed();
  std::error_code error = copy_content(source.get(), target.get());
  if (!error && ::fchmod(target.get(), status.st_mode & 07777U) != 0) error = failed();
  // Some file systems find out only now.
  if (::close(target.release()) != 0 && !error) error = failed();
  if (error) ::unlink(to.c_str());
  return error;
}

Result<TemporaryDirectory> TemporaryDirectory::create(const fs::path& parent) {
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) return open_error(parent, error.value());
  std::string name =
      (parent / (std::string(kTemporaryPrefix) + std::to_string(::getpid()) + "-XXXXXX")).string();
  if (::mkdtemp(name.data()) == nullptr) return open_error(name, errno);
  return TemporaryDirectory(name);
}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

void remove_abandoned(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(kTemporaryPrefix)) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + kTemporaryPrefix.size(), name.data() + name.size(), owner);
    if (owner > 0 && ::kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry, ignored);
  }
}

}  // namespace cogpp::cli
