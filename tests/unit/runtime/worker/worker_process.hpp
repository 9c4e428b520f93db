// A real cogpp-worker over socket pairs, as cogpp-server starts one.
#pragma once

#include <sys/types.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/ipc/messages.hpp"

namespace cogpp::worker {

/// Kills the worker when it goes out of scope. One thread.
class WorkerProcess {
 public:
  struct Options {
    std::string library;
    std::uint32_t slots = 1;
    std::vector<std::string> more = {};
  };
  explicit WorkerProcess(const Options& options);
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess&) = delete;
  WorkerProcess& operator=(const WorkerProcess&) = delete;

  ipc::FrameSocket& control() { return control_; }
  ipc::FrameSocket& slot(std::size_t index) { return slots_.at(index); }
  pid_t pid() const { return pid_; }

  /// Messages up to and including ready or setup_failed.
  std::vector<ipc::WorkerMessage> set_up();
  /// Sends a prediction and returns its messages up to the last one.
  std::vector<ipc::WorkerMessage> predict(const std::string& input, std::size_t slot = 0,
                                          const std::string& id = "p1",
                                          const std::string& context = "{}");
  void start(const std::string& input, std::size_t slot = 0, const std::string& id = "p1",
             const std::string& context = "{}");
  ipc::WorkerMessage next(std::size_t slot = 0);
  std::vector<ipc::WorkerMessage> finish(std::size_t slot = 0);

  /// The exit status as waitpid() gives it, or -1 when it does not end in time.
  int wait_for_end(std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// Everything on standard output and error so far. Call after the end.
  std::string printed();

  /// The prediction's directory; removed at the end.
  const std::string& directory() const { return directory_; }

 private:
  ipc::FrameSocket control_;
  std::vector<ipc::FrameSocket> slots_;
  std::map<std::size_t, std::uint64_t> turns_;  ///< By slot: of its last prediction.
  std::uint64_t last_turn_ = 0;
  pid_t pid_ = -1;
  int output_ = -1;
  std::string directory_;
};

/// The message as the type that it must have.
template <class Message>
const Message& as(const ipc::WorkerMessage& message) {
  REQUIRE(std::holds_alternative<Message>(message));
  return std::get<Message>(message);
}

/// Runs the worker to its end; standard output and error together.
struct Run {
  int status = -1;
  std::string output;
};
Run run_worker(const std::vector<std::string>& arguments);

}  // namespace cogpp::worker
