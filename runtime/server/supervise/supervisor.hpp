// Keeps one replica's worker ready: starts it, watches it, replaces it.
//
// One thread a replica does all of it. A worker that crashed, sent garbage or ignored a cancel
// for the whole grace period is replaced at once; pauses come between attempts that fail,
// and after workers that ended soon and before any prediction. A first set-up
// that fails stays failed: the server keeps serving so that the reason can be read. It is
// tried again once another replica is ready.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/server/predictions/health.hpp"
#include "runtime/server/predictions/slot_pool.hpp"
#include "runtime/server/supervise/backoff.hpp"
#include "runtime/server/supervise/worker.hpp"
#include "runtime/server/support/wake_fd.hpp"
#include "runtime/server/telemetry/log.hpp"
#include "runtime/server/telemetry/metrics.hpp"

namespace cogpp::server {

class Supervisor {
 public:
  struct Options {
    WorkerCommand command;
    WorkerPatience patience;
    std::chrono::milliseconds setup_timeout{0};  ///< 0: for ever.
    RunMode mode = RunMode::kPredict;            ///< What `command` was told to run.
    GivenDocument document = {};
  };
  struct Parts {
    Log& log;
    SlotPool& slots;
    HealthBoard& health;
    std::shared_ptr<ScratchRoot> scratch;
    ServerMetrics* metrics = nullptr;  ///< nullptr: nobody counts.
    /// Told once, when the first set-up has ended. Supervisor's thread.
    std::function<void(bool succeeded, const std::string& logs)> on_first_setup;
    std::size_t replica = 0;
    std::mutex& start_turn;               ///< Workers are started one after the other.
    std::function<void()> on_ready = {};  ///< Each time. Supervisor's thread.
  };

  Supervisor(Options options, Parts parts);
  /// As stop() without patience.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts the thread and the first worker. Once.
  void start();
  /// Ends all workers: asks them, and after `patience` kills them. Blocks.
  void stop(std::chrono::milliseconds patience);
  /// The first half of stop(); does not block.
  void begin_stop(std::chrono::milliseconds patience);
  /// Another replica is ready: a set-up that failed is tried again. Any thread.
  void encourage();

 private:
  using WorkerPtr = std::shared_ptr<Worker>;

  void run();
  void start_worker();
  int poll_timeout() const;
  void poll_once();
  void read_control(const WorkerPtr& worker);
  void take_messages(const WorkerPtr& worker);
  void handle(const WorkerPtr& worker, ipc::WorkerMessage message);
  void on_hello(const WorkerPtr& worker, ipc::Hello hello);
  void on_ready(const WorkerPtr& worker, const std::string& device);
  void setup_failed(const WorkerPtr& worker, const std::string& reason);
  void conclude_failed_setup(const std::string& reason);
  void worker_ended(const WorkerPtr& worker);
  void give_up(const WorkerPtr& worker);
  void check_times(const WorkerPtr& worker, SteadyTime now);
  void replace(const WorkerPtr& worker);
  void finish_workers();
  void tell_first_setup(bool succeeded, const std::string& logs);

  const Options options_;
  const Parts parts_;
  WakeFd wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> encouraged_{false};
  std::chrono::milliseconds stop_patience_{0};  ///< Written before stopping_.

  // The thread's own.
  std::vector<WorkerPtr> workers_;      ///< The current one and those given up.
  WorkerPtr current_;                   ///< The newest; none between attempts.
  std::shared_ptr<const Model> model_;  ///< Of the current worker's hello.
  SteadyTime setup_started_{};
  std::optional<SteadyTime> restart_at_;
  Backoff backoff_;
  bool has_started_ = false;  ///< A worker, ever.
  bool first_setup_told_ = false;
  bool was_ready_ = false;
  std::thread thread_;
};

}  // namespace cogpp::server
