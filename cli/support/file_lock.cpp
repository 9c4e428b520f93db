// Looks again and again: signals are a descriptor, which flock(2) does not wait for.
#include "cli/support/file_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>

#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace {

constexpr int kLockPause = 100;  // ms

}  // namespace

Result<Descriptor> lock_file(const std::filesystem::path& file, const std::string& waiting,
                             Context& context) {
  Descriptor lock(::open(file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666));
  if (lock.get() < 0) return open_error(file, errno);
  for (bool said = false; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; said = true) {
    if (errno != EWOULDBLOCK && errno != EINTR) return open_error(file, errno);
    if (!said) context.console.info(waiting);
    pollfd interrupt{.fd = context.interrupt.fd(), .events = POLLIN, .revents = 0};
    if (::poll(&interrupt, 1, kLockPause) > 0) return interrupted();
  }
  return lock;
}

}  // namespace cogpp::cli
