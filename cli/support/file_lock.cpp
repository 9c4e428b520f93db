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
  const Status taken =
      take_lock(lock, file, &context.interrupt, [&] { context.console.info(waiting); });
  return taken ? Result<Descriptor>(std::move(lock)) : taken.error();
}

Status take_lock(const Descriptor& lock, const std::filesystem::path& place,
                 const Interrupt* interrupt, const std::function<void()>& waits) {
  for (bool said = false; ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0; said = true) {
    if (errno != EWOULDBLOCK && errno != EINTR) return open_error(place, errno);
    if (!said) waits();
    const int signals = interrupt == nullptr ? -1 : interrupt->fd();
    pollfd raised{.fd = signals, .events = POLLIN, .revents = 0};
    if (::poll(&raised, 1, kLockPause) > 0) return interrupted();
  }
  return {};
}

}  // namespace cogpp::cli
