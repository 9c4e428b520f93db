// The health document, members in Cog's order.
#include "runtime/server/predictions/health.hpp"

#include <algorithm>
#include <utility>

#include "schema/json.hpp"
#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

const char* shown(Health health, const SlotPool::Counts& slots) {
  switch (health) {
    case Health::kStarting:
      return "STARTING";
    case Health::kSetupFailed:
      return "SETUP_FAILED";
    case Health::kDefunct:
      return "DEFUNCT";
    case Health::kReady:
      break;
  }
  return slots.free == 0 ? "BUSY" : "READY";
}

/// Of several replicas the lowest is shown.
int rank(Health health) {
  switch (health) {
    case Health::kReady:
      return 0;
    case Health::kStarting:
      return 1;
    case Health::kDefunct:
      return 2;
    default:
      return 3;
  }
}

const char* setup_status(Health health) {
  if (health == Health::kStarting) return "starting";
  return health == Health::kReady ? "succeeded" : "failed";
}

/// Appends a member; Cog leaves empty ones out.
void put(std::string& out, const char* key, const std::string& value) {
  if (value.empty()) return;
  out.append(",\"").append(key).append("\":");
  append_quoted(out, value);
}

}  // namespace

void HealthBoard::set_versions(std::string python, std::string python_sdk) {
  const std::lock_guard lock(mutex_);
  python_ = std::move(python);
  python_sdk_ = std::move(python_sdk);
}

void HealthBoard::setup_started(std::size_t replica) {
  const std::lock_guard lock(mutex_);
  replicas_[replica] = Replica{};
}

void HealthBoard::setup_succeeded(std::size_t replica, std::shared_ptr<const Model> model,
                                  std::string logs) {
  const std::lock_guard lock(mutex_);
  model_ = std::move(model);
  Replica& own = replicas_[replica];
  own.health = Health::kReady;
  own.completed = std::chrono::system_clock::now();
  own.logs = std::move(logs);
}

void HealthBoard::setup_failed(std::size_t replica, std::string logs) {
  const std::lock_guard lock(mutex_);
  Replica& own = replicas_[replica];
  own.health = model_ ? Health::kDefunct : Health::kSetupFailed;
  own.completed = std::chrono::system_clock::now();
  own.logs = std::move(logs);
}

// With mutex_ held.
const HealthBoard::Replica& HealthBoard::best() const {
  return *std::min_element(
      replicas_.begin(), replicas_.end(),
      [](const Replica& a, const Replica& b) { return rank(a.health) < rank(b.health); });
}

Health HealthBoard::health() const {
  const std::lock_guard lock(mutex_);
  return best().health;
}

std::shared_ptr<const Model> HealthBoard::model() const {
  const std::lock_guard lock(mutex_);
  return model_;
}

std::string HealthBoard::body(const std::optional<std::string>& user_error) const {
  const auto slots = slots_.counts();
  const std::lock_guard lock(mutex_);
  const Replica& replica = best();
  std::string out = R"({"status":")";
  out += user_error ? "UNHEALTHY" : shown(replica.health, slots);
  out += R"(","setup":{"started_at":")" + rfc3339_nanos(replica.started) + '"';
  if (replica.completed) out += R"(,"completed_at":")" + rfc3339_nanos(*replica.completed) + '"';
  out += R"(,"status":")";
  out += setup_status(replica.health);
  out += '"';
  put(out, "logs", replica.logs);
  out += R"(},"version":{"coglet":")";
  out += schema::kCogVersion;
  out += '"';
  put(out, "python_sdk", python_sdk_);
  put(out, "python", python_);
  out += '}';
  if (user_error) put(out, "user_healthcheck_error", *user_error);
  out += '}';
  return out;
}

}  // namespace cogpp::server
