// The model's own health checks, asked for by GET /health-check (cog-runtime §4.1).
//
// Requests that come while a check is under way share it. A worker is asked again only
// after it has answered, however long that takes, so a stuck one collects no requests.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/ipc/messages.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// A worker whose predictor has a health check. Any thread.
class HealthProbe {
 public:
  virtual ~HealthProbe() = default;
  /// Passes the question on and does not wait for the answer.
  virtual void ask_health(const std::string& id) = 0;
};

/// Any thread runs checks; the supervisor does the rest.
class HealthChecks {
 public:
  explicit HealthChecks(std::chrono::milliseconds limit = std::chrono::seconds(10));

  /// What is wrong with the model, in the words for users, or nothing. Waits for all
  /// workers' answers, at most the limit.
  std::optional<std::string> run();

  void add(std::shared_ptr<HealthProbe> probe);
  /// The worker is not asked any more; `error` stands for an answer that is still due.
  void remove(const HealthProbe* probe, std::optional<std::string> error);
  void answered(const HealthProbe* probe, const ipc::Health& health);

 private:
  /// One check of all workers, shared by those who wait for it.
  struct Run {
    std::size_t open = 0;  ///< Workers whose answer is due.
    std::optional<std::string> error;
    SteadyTime deadline;
  };
  struct Entry {
    std::shared_ptr<HealthProbe> probe;
    std::string asked;              ///< The id of the question that it has not answered, or empty.
    std::shared_ptr<Run> run = {};  ///< The check that waits for it.
  };

  std::shared_ptr<Run> begin(std::unique_lock<std::mutex>& lock);
  void settle(Entry& entry, const std::optional<std::string>& error);
  std::vector<Entry>::iterator find(const HealthProbe* probe);

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable settled_;
  std::vector<Entry> entries_;
  std::shared_ptr<Run> current_;  ///< Null: none is under way.
  std::uint64_t last_id_ = 0;
};

}  // namespace cogpp::server
