// One worker process, from its start to its end.
//
// The supervisor's thread reads its control socket and pipes; threads that run
// predictions use it through WorkerLink.
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/server/predictions/health_checks.hpp"
#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/slot_pool.hpp"
#include "runtime/server/predictions/worker_link.hpp"
#include "runtime/server/supervise/end_reason.hpp"
#include "runtime/server/supervise/process.hpp"
#include "runtime/server/support/clock.hpp"
#include "runtime/server/support/wake_fd.hpp"
#include "runtime/server/telemetry/log.hpp"

namespace cogpp::server {

/// How long a cancelled prediction may go on, and the others after that.
struct WorkerPatience {
  std::chrono::milliseconds cancel_grace{30000};  ///< 0: for ever.
  std::chrono::milliseconds drain{60000};         ///< For the other slots of a given-up worker.
};

class Worker : public WorkerLink, public HealthProbe {
 public:
  /// `wake` is signalled when the supervisor has to look at this worker.
  Worker(WorkerProcess process, WorkerPatience patience, Log& log, WakeFd& wake);
  ~Worker() override;

  // WorkerLink: any thread.
  Ticket begin(std::uint32_t slot, const std::shared_ptr<Prediction>& prediction) override;
  void end(const Ticket& ticket) override;
  void cancel(const Ticket& ticket, const std::string& id) override;
  void broken(Breach breach, const std::string& what) override;
  std::string wait_for_end(const std::string& logs) override;
  void slot_dropped() override { wake_.signal(); }
  void ask_health(const std::string& id) override;

  // The rest is the supervisor's thread.
  const WorkerProcess& process() const { return process_; }
  ipc::FrameSocket& control() { return process_.control; }
  /// The sockets as slots for the pool. Once.
  std::vector<std::unique_ptr<Slot>> take_slots(const std::shared_ptr<ScratchRoot>& scratch,
                                                const std::shared_ptr<Worker>& self);
  /// Reads what the pipes hold and gives it to whom it belongs.
  void collect_output();
  /// Repeats requests to cancel that are not yet heeded. True once one has outlived
  /// the grace period: the worker is to be given up.
  bool press_cancels(SteadyTime now);
  /// When press_cancels() has something to do next.
  std::optional<SteadyTime> next_press() const;
  /// Ends the prediction that did not heed its cancel: its slot reads end of file.
  void abandon_cancelled();
  /// Ends the process now; `why` is what failed predictions are told.
  void kill(const std::string& why);
  /// The control socket has reached its end: it is not polled any more.
  void close_control();
  /// Whether messages wait for room in the control socket; there is some: push_control().
  bool has_unsent();
  void push_control();
  /// Asks the process to end by itself.
  void request_shutdown();
  /// After broken(): the moment from which it is killed.
  std::optional<SteadyTime> kill_time() const;
  /// The process has ended: reaps it and tells everyone who waits.
  void reap();
  /// Why it ended, without "Worker crashed"; after reap().
  std::string end_text() const;

  std::atomic<bool> ready{false};  ///< Its set-up succeeded. Any thread reads it.
  bool has_healthcheck = false;    ///< Its predictor has one: from hello.
  /// It was given a prediction. Any thread.
  bool was_used() const;
  SteadyTime ready_at{};
  bool retired = false;  ///< Gets no new prediction.
  SteadyTime retired_at{};

 private:
  struct Use {
    std::uint64_t number = 0;  ///< Of the ticket in use, 0: none.
    std::string cancel_id;     ///< Not empty: it was cancelled.
    bool cancelled = false;
    SteadyTime cancelled_at{};
    SteadyTime next_press{};
    int presses = 0;
  };

  void read_pipes();
  void kill_locked(const std::string& why);
  void send(const ipc::ServerMessage& message);
  bool read_pipe(int fd, ipc::LogSource source);
  void give_output(ipc::LogSource source, const std::string& text);

  WorkerProcess process_;
  const WorkerPatience patience_;
  Log& log_;
  WakeFd& wake_;
  std::vector<int> slot_fds_;

  mutable std::mutex mutex_;  ///< Guards the uses and the end.
  std::condition_variable ended_;
  std::vector<Use> uses_;
  std::uint64_t tickets_ = 0;
  bool several_ = false;  ///< Other predictions ran when the newest one began.
  bool has_ended_ = false;
  bool killed_ = false;  ///< By this server.
  std::string why_;      ///< The server's own reason to end it.
  std::string end_reason_;
  OutputTail last_output_;  ///< What was printed, once it has ended.
  std::optional<SteadyTime> kill_time_;

  std::mutex send_mutex_;  ///< One frame at a time on the control socket.

  std::mutex output_mutex_;               ///< Guards the pipes and what belongs to them.
  std::shared_ptr<Prediction> printing_;  ///< With one slot: the running prediction.
  OutputTail tail_;                       ///< Since the newest prediction that began alone.
  std::string carry_[2];                  ///< A character cut off at the end of a read.
};

}  // namespace cogpp::server
