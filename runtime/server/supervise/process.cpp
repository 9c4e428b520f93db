// fork and exec through Boost.Process v2's launcher; descriptors are put in place by
// an initialiser of ours, which runs in the child between the two.
#define BOOST_PROCESS_USE_STD_FS 1  // Else it wants Boost.Filesystem's library.

#include "runtime/server/supervise/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/optional.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "schema/errno_text.hpp"

namespace cogpp::server {
namespace {

namespace bp = boost::process::v2;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return Error{"cannot make a pipe: " + errno_text()};
  Pipe pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
  ::fcntl(pipe.read.get(), F_SETFL, O_NONBLOCK);
  return pipe;
}

/// What the launcher does for us around fork. In the child only calls that are safe
/// in a threaded program.
struct ChildSetup {
  std::vector<std::pair<int, int>> moves;  ///< Ours, theirs.
  const char* directory = nullptr;

  /// In the server: these descriptors are not to be closed in the child. The list has
  /// to be sorted, and the launcher adds its own, higher one next.
  template <class Launcher>
  boost::system::error_code on_setup(Launcher& launcher,
                                     const std::filesystem::path& /*executable*/,
                                     const char* const* /*arguments*/) {
    for (const auto& [ours, theirs] : moves) {
      if (theirs > STDERR_FILENO) launcher.fd_whitelist.push_back(theirs);
    }
    return {};
  }

  /// In the child.
  template <class Launcher>
  boost::system::error_code on_exec_setup(Launcher& /*launcher*/,
                                          const std::filesystem::path& /*executable*/,
                                          const char* const* /*arguments*/) {
    ::setpgid(0, 0);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM}) ::signal(number, SIG_DFL);
    for (const auto& [ours, theirs] : moves) {
      if (::dup2(ours, theirs) < 0) return last_error();
    }
    if (directory != nullptr && ::chdir(directory) != 0) return last_error();
    return {};
  }

 private:
  static boost::system::error_code last_error() {
    return {errno, boost::system::system_category()};
  }
};

Result<std::filesystem::path> find_program(const std::string& name) {
  if (name.find('/') != std::string::npos) return std::filesystem::absolute(name);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = std::filesystem::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  }
  return Error{"the worker program '" + name + "' was not found in PATH"};
}

std::vector<std::string> arguments_of(const WorkerCommand& command) {
  std::vector<std::string> arguments(command.arguments.begin() + 1, command.arguments.end());
  const std::array<std::string, 6> ours{"--slots",         std::to_string(command.slots),
                                        "--control-fd",    std::to_string(kControlFd),
                                        "--first-slot-fd", std::to_string(kFirstSlotFd)};
  arguments.insert(arguments.end(), ours.begin(), ours.end());
  return arguments;
}

/// The child's ends; they close here once it has its copies.
struct ChildEnds {
  UniqueFd null;
  Pipe out;
  Pipe err;
  std::vector<ipc::FrameSocket> sockets;  ///< Control first, then the slots.
};

Result<ChildEnds> open_ends(const WorkerCommand& command, WorkerProcess& process) {
  ChildEnds ends;
  ends.null = UniqueFd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  auto out = make_pipe();
  auto err = make_pipe();
  if (!out) return out.error();
  if (!err) return err.error();
  ends.out = std::move(*out);
  ends.err = std::move(*err);
  for (std::uint32_t i = 0; i <= command.slots; ++i) {
    auto pair = ipc::FrameSocket::pair();
    if (!pair) return pair.error();
    if (i == 0) {
      process.control = std::move(pair->first);
    } else {
      process.slots.push_back(std::move(pair->first));
    }
    ends.sockets.push_back(std::move(pair->second));
  }
  return ends;
}

ChildSetup child_setup(const ChildEnds& ends, const WorkerCommand& command) {
  ChildSetup setup;
  setup.moves = {{ends.null.get(), 0}, {ends.out.write.get(), 1}, {ends.err.write.get(), 2}};
  int theirs = kControlFd;
  for (const auto& socket : ends.sockets) setup.moves.emplace_back(socket.fd(), theirs++);
  if (!command.directory.empty()) setup.directory = command.directory.c_str();
  return setup;
}

}  // namespace

void reserve_descriptors(std::uint32_t slots) {
  const int last = kFirstSlotFd + static_cast<int>(slots);
  while (true) {
    const int fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fd >= last) {
      if (fd >= 0) ::close(fd);
      return;
    }
  }
}

Result<WorkerProcess> start_worker(const WorkerCommand& command) {
  const auto program = find_program(command.arguments.front());
  if (!program) return program.error();
  WorkerProcess process;
  auto ends = open_ends(command, process);
  if (!ends) return ends.error();

  boost::asio::io_context context;
  boost::system::error_code failed;
  bp::posix::default_launcher launcher;
  auto started = launcher(context.get_executor(), failed, *program, arguments_of(command),
                          child_setup(*ends, command));
  if (failed) {
    // The launcher leaves a child whose exec failed to us.
    if (launcher.pid > 0) ::waitpid(launcher.pid, nullptr, 0);
    return Error{"cannot start the worker '" + program->string() + "': " + failed.message()};
  }
  process.pid = started.id();
  started.detach();  // Its end is waited for through pidfd.
  process.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!process.pidfd) {
    ::kill(-process.pid, SIGKILL);
    return Error{"cannot watch the worker process: " + errno_text()};
  }
  process.out = std::move(ends->out.read);
  process.err = std::move(ends->err.read);
  return process;
}

}  // namespace cogpp::server
