// Launching is Boost.Process's; waiting is pidfd and poll(2), together with the
// pipes, the interrupt and the spinner.
#define BOOST_PROCESS_USE_STD_FS 1  // else it wants Boost.Filesystem's library

#include "cli/support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
// Boost.Process 1.81 forgets to include these three.
#include <boost/optional.hpp>
#include <boost/type_traits/decay.hpp>
#include <boost/type_traits/is_convertible.hpp>
// Its own headers, in this order.
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "cli/support/environment.hpp"

namespace cogpp::cli {
namespace {

namespace v2 = boost::process::v2;

constexpr std::chrono::milliseconds kStopGrace{3000};

/// What happens in the child between fork and exec. Only async-signal-safe calls.
struct ChildSetup {
  const Command& command;
  pid_t parent;
  int null_input;

  template <class Launcher>
  boost::system::error_code on_setup(Launcher& launcher, const std::filesystem::path&,
                                     const char* const*&) const {
    for (const int fd : command.descriptors) launcher.fd_whitelist.push_back(fd);
    return {};
  }

  template <class Launcher>
  boost::system::error_code on_exec_setup(Launcher&, const std::filesystem::path&,
                                          const char* const*&) const {
    const bool ready =
        ::setpgid(0, 0) == 0 && ::prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 &&
        place(command.standard_input >= 0 ? command.standard_input : null_input, STDIN_FILENO) &&
        place(command.standard_output, STDOUT_FILENO) &&
        place(command.standard_error, STDERR_FILENO) && keep_descriptors() &&
        (command.directory.empty() || ::chdir(command.directory.c_str()) == 0);
    if (!ready) return {errno, boost::system::system_category()};
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    // The parent may have died before the death signal was set.
    if (::getppid() != parent) ::_exit(1);
    return {};
  }

 private:
  static bool place(int fd, int target) { return fd < 0 || ::dup2(fd, target) >= 0; }

  bool keep_descriptors() const {
    return std::all_of(command.descriptors.begin(), command.descriptors.end(),
                       [](int fd) { return ::fcntl(fd, F_SETFD, 0) == 0; });
  }
};

/// This process's environment with the command's additions in place; of two with one
/// name the later counts.
std::vector<const char*> environment_of(const Command& command) {
  std::vector<const char*> variables;
  for (char** variable = ::environ; *variable != nullptr; ++variable) {
    const auto same_name = [&](const std::string& added) {
      return variable_name(added) == variable_name(*variable);
    };
    if (std::none_of(command.environment.begin(), command.environment.end(), same_name)) {
      variables.push_back(*variable);
    }
  }
  for (auto added = command.environment.begin(); added != command.environment.end(); ++added) {
    const auto same_name = [&](const std::string& later) {
      return variable_name(later) == variable_name(*added);
    };
    if (std::none_of(added + 1, command.environment.end(), same_name)) {
      variables.push_back(added->c_str());
    }
  }
  variables.push_back(nullptr);
  return variables;
}

void stop_group(Child& child) {
  child.send_to_group(SIGTERM);  // compilers remove their temporary files on it
  child.stop(kStopGrace);
}

}  // namespace

std::string Command::text() const {
  std::string line = program.string();
  for (const std::string& argument : arguments) line += " " + argument;
  return line;
}

Result<Child> Child::start(const Command& command) {
  const Descriptor null_input(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const std::vector<const char*> environment = environment_of(command);
  boost::asio::io_context context;
  v2::posix::default_launcher launcher;
  launcher.env = environment.data();
  boost::system::error_code error;
  auto process = launcher(context.get_executor(), error, command.program, command.arguments,
                          ChildSetup{command, ::getpid(), null_input.get()});
  if (error) {
    return Error{"could not start " + command.program.string() + ": " + error.message()};
  }
  const pid_t pid = process.id();
  process.detach();
  return Child(pid, Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
}

Child::Child(Child&& other) noexcept
    : pid_(other.pid_),
      pidfd_(std::move(other.pidfd_)),
      ended_(std::exchange(other.ended_, true)),
      status_(other.status_) {}

Child::~Child() {
  if (!ended_) stop(kStopGrace);
}

void Child::send(int signal) const {
  if (!ended_) ::kill(pid_, signal);
}

void Child::send_to_group(int signal) const {
  if (!ended_) ::kill(-pid_, signal);
}

int Child::wait() {
  while (!ended_) {
    int status = 0;
    const pid_t waited = ::waitpid(pid_, &status, 0);
    if (waited < 0 && errno == EINTR) continue;
    ended_ = true;
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return status_;
}

int Child::stop(std::chrono::milliseconds grace) {
  send(SIGTERM);
  pollfd end{.fd = pidfd_.get(), .events = POLLIN, .revents = 0};
  if (!ended_ && ::poll(&end, 1, static_cast<int>(grace.count())) == 0) send_to_group(SIGKILL);
  return wait();
}

Error replace_process(const Command& command) {
  std::vector<const char*> environment = environment_of(command);
  std::vector<const char*> words = {command.program.c_str()};
  for (const std::string& argument : command.arguments) words.push_back(argument.c_str());
  words.push_back(nullptr);
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) {
    return open_error(command.directory, errno);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  // execvpe() searches this process's PATH, so that must be the command's.
  for (const std::string& variable : command.environment) {
    if (variable_name(variable) == "PATH") ::setenv("PATH", variable.c_str() + 5, 1);
  }
  ::execvpe(command.program.c_str(), const_cast<char**>(words.data()),
            const_cast<char**>(environment.data()));
  return Error{"could not run " + command.program.string() + ": " + std::strerror(errno)};
}

Result<Pipe> Pipe::create() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return open_error("pipe", errno);
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

bool read_available(int fd, std::string& text) {
  std::array<char, 65536> buffer{};
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

std::string process_start(int pid) {
  const Result<std::string> stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return {};
  // The program's name, in parentheses, may hold spaces; it is field 2.
  std::size_t position = stat->rfind(')');
  for (int field = 3; field <= 22 && position != std::string::npos; ++field) {
    position = stat->find(' ', position + 1);
  }
  if (position == std::string::npos) return {};
  return stat->substr(position + 1, stat->find(' ', position + 1) - position - 1);
}

Error interrupted() { return Error{"Interrupted"}; }

Status or_interrupted(const Status& status, const Interrupt& interrupt) {
  return status || interrupt.take() == 0 ? status : interrupted();
}

Result<Finished> run(const Command& command, const Interrupt& interrupt, Console& console) {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  if (command.limit.count() > 0) deadline = std::chrono::steady_clock::now() + command.limit;
  Result<Pipe> output = Pipe::create();
  if (!output) return output.error();
  Result<Pipe> errors = Pipe::create();
  if (!errors) return errors.error();
  Command piped = command;
  piped.standard_output = output->write.get();
  piped.standard_error = errors->write.get();
  Result<Child> child = Child::start(piped);
  if (!child) return child.error();
  output->write.reset();
  errors->write.reset();

  Finished finished;
  std::array<pollfd, 3> waits = {{{output->read.get(), POLLIN, 0},
                                  {errors->read.get(), POLLIN, 0},
                                  {interrupt.fd(), POLLIN, 0}}};
  while (waits[0].fd >= 0 || waits[1].fd >= 0) {
    const std::optional<int> timeout = console.poll_timeout(deadline);
    if (!timeout) {
      stop_group(*child);
      return Error{"it did not end within " + std::to_string(command.limit.count() / 1000) + " s"};
    }
    ::poll(waits.data(), waits.size(), *timeout);
    console.tick();
    if (waits[2].revents != 0 && interrupt.take() != 0) {
      stop_group(*child);
      return interrupted();
    }
    if (waits[0].revents != 0 && !read_available(waits[0].fd, finished.output)) waits[0].fd = -1;
    if (waits[1].revents != 0 && !read_available(waits[1].fd, finished.errors)) waits[1].fd = -1;
  }
  finished.status = child->wait();
  return finished;
}

Result<int> run_shown(const Command& command, const Interrupt& interrupt) {
  Result<Child> child = Child::start(command);
  if (!child) return child.error();
  std::array<pollfd, 2> waits = {{{child->ended_fd(), POLLIN, 0}, {interrupt.fd(), POLLIN, 0}}};
  while (waits[0].revents == 0) {
    ::poll(waits.data(), waits.size(), -1);
    if (waits[1].revents == 0 || interrupt.take() == 0) continue;
    stop_group(*child);
    return interrupted();
  }
  return child->wait();
}

}  // namespace cogpp::cli
