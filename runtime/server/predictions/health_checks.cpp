// One check at a time; its verdict is the first worker's complaint.
#include "runtime/server/predictions/health_checks.hpp"

#include <algorithm>
#include <utility>

namespace cogpp::server {
namespace {

constexpr const char* kTimedOut = "healthcheck timed out";

}  // namespace

HealthChecks::HealthChecks(std::chrono::milliseconds limit) : limit_(limit) {}

std::optional<std::string> HealthChecks::run() {
  std::unique_lock lock(mutex_);
  if (entries_.empty()) return std::nullopt;
  const auto run = current_ ? current_ : begin(lock);
  if (!settled_.wait_until(lock, run->deadline, [&] { return run->open == 0; })) {
    if (current_ == run) current_.reset();
    if (!run->error) run->error = kTimedOut;
  }
  return run->error;
}

// Asks without the lock: a socket may be full.
std::shared_ptr<HealthChecks::Run> HealthChecks::begin(std::unique_lock<std::mutex>& lock) {
  const auto run = current_ = std::make_shared<Run>();
  run->deadline = std::chrono::steady_clock::now() + limit_;
  std::vector<std::pair<std::shared_ptr<HealthProbe>, std::string>> questions;
  for (auto& entry : entries_) {
    entry.run = run;
    ++run->open;
    if (!entry.asked.empty()) continue;
    entry.asked = std::to_string(++last_id_);
    questions.emplace_back(entry.probe, entry.asked);
  }
  lock.unlock();
  for (const auto& [probe, id] : questions) probe->ask_health(id);
  lock.lock();
  return run;
}

void HealthChecks::add(std::shared_ptr<HealthProbe> probe) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({.probe = std::move(probe), .asked = {}});
}

void HealthChecks::remove(const HealthProbe* probe, std::optional<std::string> error) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(probe);
  if (entry == entries_.end()) return;
  settle(*entry, error);
  entries_.erase(entry);
}

void HealthChecks::answered(const HealthProbe* probe, const ipc::Health& health) {
  const std::lock_guard lock(mutex_);
  const auto entry = find(probe);
  if (entry == entries_.end() || entry->asked != health.id) return;
  entry->asked.clear();
  settle(*entry, health.error);
}

void HealthChecks::settle(Entry& entry, const std::optional<std::string>& error) {
  const auto run = std::exchange(entry.run, nullptr);
  if (!run) return;
  if (error && !run->error) run->error = error;
  if (--run->open > 0) return;
  if (current_ == run) current_.reset();
  settled_.notify_all();
}

std::vector<HealthChecks::Entry>::iterator HealthChecks::find(const HealthProbe* probe) {
  return std::find_if(entries_.begin(), entries_.end(),
                      [probe](const Entry& entry) { return entry.probe.get() == probe; });
}

}  // namespace cogpp::server
