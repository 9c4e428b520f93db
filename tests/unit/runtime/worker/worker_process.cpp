// fork() and exec() by hand: a test needs the descriptors in exact places.
#include "tests/unit/runtime/worker/worker_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <thread>

namespace cogpp::worker {
namespace {

constexpr int kControlFd = 3;

/// In the child: places `fds` from kControlFd on, and becomes the worker.
[[noreturn]] void become_worker(std::vector<int> fds, const std::vector<std::string>& arguments,
                                int output) {
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  for (auto& fd : fds) fd = ::fcntl(fd, F_DUPFD, 600);  // out of the way of the targets
  for (std::size_t i = 0; i < fds.size(); ++i) ::dup2(fds[i], kControlFd + static_cast<int>(i));
  ::close_range(kControlFd + static_cast<unsigned>(fds.size()), ~0U, 0);
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

std::string read_all(int fd) {
  std::string text;
  std::array<char, 4096> part{};
  for (ssize_t count = 0; (count = ::read(fd, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

bool is_last(const ipc::WorkerMessage& message) {
  return std::holds_alternative<ipc::Done>(message) ||
         std::holds_alternative<ipc::Failed>(message) ||
         std::holds_alternative<ipc::Canceled>(message);
}

/// `turn`: of the prediction that the message must be about; none: it is no slot's.
ipc::WorkerMessage receive(ipc::FrameSocket& socket, std::optional<std::uint64_t> turn = {}) {
  std::string_view frame;
  REQUIRE(socket.wait_frame(frame) == ipc::FrameState::kFrame);
  auto message = turn ? ipc::decode_slot_message(frame, *turn) : ipc::decode_worker_message(frame);
  REQUIRE(message);
  return std::move(*message);
}

}  // namespace

WorkerProcess::WorkerProcess(const Options& options) : control_(-1) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  std::vector<ipc::FrameSocket> theirs;
  std::vector<int> fds;
  for (std::uint32_t i = 0; i <= options.slots; ++i) {
    auto ends = ipc::FrameSocket::pair();
    REQUIRE(ends);
    fds.push_back(ends->second.fd());
    theirs.push_back(std::move(ends->second));
    if (i == 0) {
      control_ = std::move(ends->first);
    } else {
      slots_.push_back(std::move(ends->first));
    }
  }
  std::vector<std::string> arguments{COGPP_WORKER, "--library", options.library};
  arguments.insert(arguments.end(), options.more.begin(), options.more.end());
  for (const char* argument : {"--control-fd", "3", "--first-slot-fd", "4", "--slots"}) {
    arguments.emplace_back(argument);
  }
  arguments.push_back(std::to_string(options.slots));
  pid_ = ::fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) become_worker(fds, arguments, pipe[1]);
  ::close(pipe[1]);
  output_ = pipe[0];
  std::string name = (std::filesystem::temp_directory_path() / "cogpp-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()));
  directory_ = name;
}

WorkerProcess::~WorkerProcess() {
  if (pid_ > 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(output_);
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::vector<ipc::WorkerMessage> WorkerProcess::set_up() {
  std::vector<ipc::WorkerMessage> messages;
  do {
    messages.push_back(receive(control_));
  } while (!std::holds_alternative<ipc::Ready>(messages.back()) &&
           !std::holds_alternative<ipc::SetupFailed>(messages.back()));
  return messages;
}

void WorkerProcess::start(const std::string& input, std::size_t slot, const std::string& id,
                          const std::string& context) {
  turns_[slot] = ++last_turn_;
  REQUIRE(
      slots_.at(slot).send(ipc::encode(ipc::Predict{id, input, context, directory_, last_turn_})));
}

ipc::WorkerMessage WorkerProcess::next(std::size_t slot) {
  return receive(slots_.at(slot), turns_.at(slot));
}

std::vector<ipc::WorkerMessage> WorkerProcess::finish(std::size_t slot) {
  std::vector<ipc::WorkerMessage> messages;
  do {
    messages.push_back(next(slot));
  } while (!is_last(messages.back()));
  return messages;
}

std::vector<ipc::WorkerMessage> WorkerProcess::predict(const std::string& input, std::size_t slot,
                                                       const std::string& id,
                                                       const std::string& context) {
  start(input, slot, id, context);
  return finish(slot);
}

int WorkerProcess::wait_for_end(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < end) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      return status;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return -1;
}

std::string WorkerProcess::printed() { return read_all(output_); }

Run run_worker(const std::vector<std::string>& arguments) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe2(pipe.data(), O_CLOEXEC) == 0);
  std::vector<std::string> words{COGPP_WORKER};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) become_worker({}, words, pipe[1]);
  ::close(pipe[1]);
  Run run;
  run.output = read_all(pipe[0]);
  ::close(pipe[0]);
  ::waitpid(pid, &run.status, 0);
  return run;
}

}  // namespace cogpp::worker
