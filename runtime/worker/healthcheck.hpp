// Runs the predictor's health check when the server asks, and answers in time even when
// the check does not end (cog-runtime §4.1).
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "runtime/ipc/messages.hpp"

namespace cogpp::worker {

/// One thread runs the check, another keeps the time, so that neither a slow check nor
/// the control thread waits for the other. Checks never overlap: after one that was too
/// slow the next begins when it has ended.
class Healthcheck {
 public:
  /// Runs the author's function: what is wrong, or nothing.
  using Check = std::function<std::optional<std::string>()>;
  /// Sends the answer; called by this object's threads only.
  using Answer = std::function<void(const ipc::Health&)>;

  explicit Healthcheck(std::chrono::milliseconds limit = std::chrono::seconds(5));
  /// As stop().
  ~Healthcheck();
  Healthcheck(const Healthcheck&) = delete;
  Healthcheck& operator=(const Healthcheck&) = delete;

  /// Any thread, at any time: what comes before start() is answered after it.
  void request(std::string id);
  /// Once, when the predictor is set up.
  void start(Check check, Answer answer);
  /// Waits for a check that runs.
  void stop();

 private:
  void run_checks();
  void answer_requests();

  const std::chrono::milliseconds limit_;
  Check check_;
  Answer answer_;

  std::mutex mutex_;  ///< Guards what follows.
  std::condition_variable changed_;
  std::optional<std::string> id_;  ///< Of the request that waits for its answer.
  std::chrono::steady_clock::time_point deadline_{};
  std::uint64_t asked_ = 0;  ///< Number of the newest request.
  std::uint64_t begun_ = 0;  ///< Of the newest one that a check was begun for.
  std::uint64_t ended_ = 0;  ///< Of the one that result_ is for.
  std::optional<std::string> result_;
  bool stopping_ = false;

  std::thread checker_;
  std::thread answerer_;
};

}  // namespace cogpp::worker
