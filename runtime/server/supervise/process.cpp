// posix_spawn(3): its child shares our memory until exec and calls nothing that another
// thread may hold a lock of, as malloc's (docs/adr/0010).
#include "runtime/server/supervise/process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <utility>

#include "schema/errno_text.hpp"

namespace cogpp::server {
namespace {

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

std::vector<std::string> arguments_of(const std::filesystem::path& program,
                                      const WorkerCommand& command) {
  std::vector<std::string> arguments = command.arguments;
  arguments.front() = program.string();
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

/// What the child does before it becomes the worker. The first error of the calls that add to
/// it is kept, as the errno value that they return.
class SpawnPlan {
 public:
  SpawnPlan() {
    keep(::posix_spawn_file_actions_init(&actions_));
    keep(::posix_spawnattr_init(&attributes_));
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// A process group of its own, and none of what this process does with signals.
  void separate() {
    sigset_t blocked;
    sigset_t defaults;
    sigemptyset(&blocked);
    sigemptyset(&defaults);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM}) sigaddset(&defaults, number);
    keep(::posix_spawnattr_setpgroup(&attributes_, 0));
    keep(::posix_spawnattr_setsigmask(&attributes_, &blocked));
    keep(::posix_spawnattr_setsigdefault(&attributes_, &defaults));
    keep(::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF));
  }

  /// The ends at their numbers, and no other descriptor.
  void place(const ChildEnds& ends) {
    move(ends.null.get(), STDIN_FILENO);
    move(ends.out.write.get(), STDOUT_FILENO);
    move(ends.err.write.get(), STDERR_FILENO);
    int theirs = kControlFd;
    for (const auto& socket : ends.sockets) move(socket.fd(), theirs++);
    keep(::posix_spawn_file_actions_addclosefrom_np(&actions_, theirs));
  }

  void enter(const std::string& directory) {
    keep(::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str()));
  }

  /// Returns an errno value, or 0 and the process in `pid`.
  int run(const std::string& program, std::vector<std::string> arguments, pid_t& pid) const {
    if (error_ != 0) return error_;
    std::vector<char*> words;
    words.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    return ::posix_spawn(&pid, program.c_str(), &actions_, &attributes_, words.data(), environ);
  }

 private:
  void keep(int error) {
    if (error_ == 0) error_ = error;
  }
  void move(int ours, int theirs) {
    keep(::posix_spawn_file_actions_adddup2(&actions_, ours, theirs));
  }

  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
  int error_ = 0;
};

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

  SpawnPlan plan;
  plan.separate();
  plan.place(*ends);
  if (!command.directory.empty()) plan.enter(command.directory);
  if (const int error = plan.run(*program, arguments_of(*program, command), process.pid);
      error != 0) {
    return Error{"cannot start the worker '" + program->string() + "': " + errno_text(error)};
  }
  process.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  if (!process.pidfd) {
    const std::string reason = errno_text();
    ::kill(-process.pid, SIGKILL);
    ::waitpid(process.pid, nullptr, 0);
    return Error{"cannot watch the worker process: " + reason};
  }
  process.out = std::move(ends->out.read);
  process.err = std::move(ends->err.read);
  return process;
}

}  // namespace cogpp::server
