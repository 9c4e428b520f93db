// Whether predictions can run, and the body of GET /health-check (cog-runtime §4).
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/server/predictions/health_checks.hpp"
#include "runtime/server/predictions/model.hpp"
#include "runtime/server/predictions/slot_pool.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// What is stored; what is shown has BUSY, too.
enum class Health {
  kStarting,  ///< A worker is being set up, the first or a replacement.
  kReady,
  kSetupFailed,  ///< The first set-up failed; the server stays to say so.
  kDefunct,      ///< A replacement failed; another attempt follows after a pause.
};

/// The supervisors write, each of its own replica; any thread reads. What is shown is
/// the best replica: predictions can run as long as one of them is ready.
class HealthBoard {
 public:
  explicit HealthBoard(const SlotPool& slots, std::size_t replicas = 1)
      : slots_(slots), replicas_(replicas) {}

  /// What the worker says of its Python and its SDK; empty: it is none of Python.
  void set_versions(std::string python, std::string python_sdk);
  void setup_started(std::size_t replica);
  void setup_succeeded(std::size_t replica, std::shared_ptr<const Model> model, std::string logs);
  /// kSetupFailed, or kDefunct when some worker was ready before.
  void setup_failed(std::size_t replica, std::string logs);

  Health health() const;
  /// The predictor's interface: nullptr until the first worker was ready, then kept.
  std::shared_ptr<const Model> model() const;
  /// The user's health checks of all ready workers.
  HealthChecks& checks() { return checks_; }
  /// `user_error`: what those say is wrong.
  std::string body(const std::optional<std::string>& user_error = std::nullopt) const;

 private:
  struct Replica {
    Health health = Health::kStarting;
    SystemTime started = std::chrono::system_clock::now();
    std::optional<SystemTime> completed = {};
    std::string logs = {};
  };

  const Replica& best() const;

  const SlotPool& slots_;
  HealthChecks checks_;
  mutable std::mutex mutex_;
  std::vector<Replica> replicas_;
  std::shared_ptr<const Model> model_;
  std::string python_;
  std::string python_sdk_;
};

}  // namespace cogpp::server
