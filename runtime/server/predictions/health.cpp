// The health document, members in Cog's order.
#include "runtime/server/predictions/health.hpp"

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

void HealthBoard::setup_started() {
  const std::lock_guard lock(mutex_);
  health_ = Health::kStarting;
  started_ = std::chrono::system_clock::now();
  completed_.reset();
  logs_.clear();
}

void HealthBoard::setup_succeeded(std::shared_ptr<const Model> model, std::string logs) {
  const std::lock_guard lock(mutex_);
  health_ = Health::kReady;
  model_ = std::move(model);
  completed_ = std::chrono::system_clock::now();
  logs_ = std::move(logs);
}

void HealthBoard::setup_failed(std::string logs) {
  const std::lock_guard lock(mutex_);
  health_ = model_ ? Health::kDefunct : Health::kSetupFailed;
  completed_ = std::chrono::system_clock::now();
  logs_ = std::move(logs);
}

Health HealthBoard::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::shared_ptr<const Model> HealthBoard::model() const {
  const std::lock_guard lock(mutex_);
  return model_;
}

std::string HealthBoard::body(const std::optional<std::string>& user_error) const {
  const auto slots = slots_.counts();
  const std::lock_guard lock(mutex_);
  std::string out = R"({"status":")";
  out += user_error ? "UNHEALTHY" : shown(health_, slots);
  out += R"(","setup":{"started_at":")" + rfc3339_nanos(started_) + '"';
  if (completed_) out += R"(,"completed_at":")" + rfc3339_nanos(*completed_) + '"';
  out += R"(,"status":")";
  out += setup_status(health_);
  out += '"';
  put(out, "logs", logs_);
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
