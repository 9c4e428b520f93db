#include "cli/support/signals.hpp"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

// signalfd(2) over the signals that mean "stop". SIGPIPE is ignored: a reader that
// goes away (`| head`) shows as a failed write.
namespace cogpp::cli {

Result<Interrupt> Interrupt::create() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  Descriptor fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (fd.get() < 0) return open_error("signalfd", errno);
  return Interrupt(std::move(fd));
}

int Interrupt::take() const {
  signalfd_siginfo info{};
  const ssize_t count = ::read(fd_.get(), &info, sizeof info);
  return count == static_cast<ssize_t>(sizeof info) ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace cogpp::cli
