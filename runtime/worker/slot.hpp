// One slot: a socket to the server, the thread that runs its predictions, and the
// host functions that the predictor calls meanwhile.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/ipc/messages.hpp"
#include "runtime/sdk/include/cogpp/abi.h"
#include "runtime/worker/log_router.hpp"

namespace cogpp::worker {

/// What every slot of a worker knows about the predictor. Outlives the slots.
struct Predictor {
  const CogppPredictorTable* table = nullptr;
  void* self = nullptr;
  /// Whether clients see chunks and metrics as they come; otherwise they leave
  /// together with the prediction's end, in one write.
  bool live = false;
};

/// The thread runs from start() to stop() or the socket's end. cancel() may be called
/// by any thread, the host functions by any thread of the predictor.
class Slot : private LogSink {
 public:
  Slot(std::uint32_t index, ipc::FrameSocket socket, const Predictor& predictor);
  ~Slot() override;
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  void start();
  /// No further prediction is taken; returns once the running one has ended.
  void stop();
  /// Cancels the prediction `id` if it runs, or is on its way in the socket.
  void cancel(const std::string& id);

 private:
  void run();
  void predict(const ipc::Predict& request);
  void begin(const ipc::Predict& request);
  bool end(int outcome);

  // Host functions for the C table.
  static const CogppHostTable& host_table();
  template <class Encode>
  void send(const Encode& encode, bool now);
  void send_lines(ipc::LogSource source, std::string text);
  void write(ipc::LogSource source, std::string_view text) override;
  void flush(ipc::LogSource source) override;
  void fail(std::string error);

  const std::uint32_t index_;
  const Predictor& predictor_;
  ipc::FrameSocket socket_;  ///< Received from by the slot's thread only.
  std::thread thread_;
  std::atomic<bool> cancelled_{false};

  std::mutex cancel_mutex_;  ///< Guards the three ids.
  std::string running_id_;
  std::string finished_id_;
  std::string early_cancel_id_;  ///< Cancelled before its message was read.

  std::mutex send_mutex_;  ///< Guards sending and what follows.
  std::array<LineBuffer, 2> lines_;
  std::string error_;
  std::uint64_t turn_ = 0;  ///< Of the running prediction.
  bool running_ = false;    ///< Else what a predictor's stray thread sends is dropped.
};

}  // namespace cogpp::worker
