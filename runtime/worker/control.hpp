// The control socket: set-up's log and result go out, cancellations and the end of
// the server come in.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/ipc/messages.hpp"
#include "runtime/sdk/include/cogpp/abi.h"
#include "runtime/worker/log_router.hpp"

namespace cogpp::worker {

/// Sends from the thread that sets up; receives in a thread of its own from
/// construction on. When the server closes the socket or breaks the protocol, that
/// thread ends the process at once, whatever the predictor is doing.
class Control : public LogSink {
 public:
  struct Events {
    std::function<void(const ipc::Cancel&)> cancel;
    std::function<void(const ipc::Healthcheck&)> healthcheck;
    std::function<void()> shutdown;
  };
  Control(ipc::FrameSocket socket, Events events);
  ~Control() override;
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  void send(const ipc::WorkerMessage& message);
  /// What fail() of the host table stored.
  std::string take_error();

  void write(ipc::LogSource source, std::string_view text) override;
  void flush(ipc::LogSource source) override;
  /// Sends lines that have no newline yet.
  void finish_lines();

  /// Host functions during create(), setup() and healthcheck(); the host is this object.
  static const CogppHostTable& host_table();

 private:
  void receive();
  void send_locked(const ipc::WorkerMessage& message);

  ipc::FrameSocket socket_;
  Events events_;
  std::atomic<bool> closing_{false};
  std::mutex mutex_;  ///< Guards sending, lines_ and error_.
  std::array<LineBuffer, 2> lines_;
  std::string error_;
  std::thread thread_;
};

}  // namespace cogpp::worker
