// All replicas of a model: one supervised worker each, which fail and are replaced
// independently of each other.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/server/supervise/supervisor.hpp"

namespace cogpp::server {

/// Made, started and stopped by one thread.
class Replicas {
 public:
  struct Options {
    Supervisor::Options worker;  ///< Of each.
    std::size_t count = 1;
    std::vector<std::string> devices;  ///< Empty, or one for each: `--device` of its worker.
  };
  struct Parts {
    Log& log;
    SlotPool& slots;
    HealthBoard& health;
    std::shared_ptr<ScratchRoot> scratch;
    ServerMetrics* metrics = nullptr;  ///< nullptr: nobody counts.
    /// Told once: when the first replica is ready, or the set-up of all has failed
    /// (with the logs of the last). A supervisor's thread.
    std::function<void(bool succeeded, const std::string& logs)> on_first_setup;
  };

  Replicas(const Options& options, Parts parts);

  void start();
  /// Ends all workers at the same time: asks them, and after `patience` kills them.
  void stop(std::chrono::milliseconds patience);

 private:
  Supervisor::Parts parts_of(std::size_t replica);
  void setup_ended(bool succeeded, const std::string& logs);
  void encourage_others(std::size_t ready);

  Parts parts_;
  /// Of the second replica on: each has a set-up log of its own.
  std::vector<std::unique_ptr<Log>> logs_;
  std::mutex start_turn_;
  std::mutex told_mutex_;
  std::size_t failed_ = 0;  ///< First set-ups.
  bool told_ = false;
  std::vector<std::unique_ptr<Supervisor>> supervisors_;
};

}  // namespace cogpp::server
