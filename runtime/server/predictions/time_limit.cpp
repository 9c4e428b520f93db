// A map by deadline. The thread sleeps until the earliest one that it knew of, so that
// short predictions never wake it.
#include "runtime/server/predictions/time_limit.hpp"

#include <string>

#include "schema/json.hpp"

namespace cogpp::server {

std::string time_limit_text(std::chrono::milliseconds limit) {
  return "Prediction timed out: it ran longer than " +
         to_text(Json(static_cast<double>(limit.count()) / 1000)) +
         " s, the limit of this server (--predict-timeout)";
}

TimeLimit::TimeLimit(std::chrono::milliseconds limit) : limit_(limit) {
  if (limit_.count() > 0) thread_ = std::thread([this] { run(); });
}

TimeLimit::~TimeLimit() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

TimeLimit::Watch::Watch(TimeLimit& limit, std::shared_ptr<Prediction> prediction) : limit_(limit) {
  if (limit_.limit_.count() == 0) return;
  key_ = {std::chrono::steady_clock::now() + limit_.limit_, prediction.get()};
  const std::lock_guard lock(limit_.mutex_);
  limit_.watched_.emplace(key_, std::move(prediction));
  if (key_.first < limit_.wakes_at_) limit_.wake_.notify_one();
}

TimeLimit::Watch::~Watch() {
  if (limit_.limit_.count() == 0) return;
  const std::lock_guard lock(limit_.mutex_);
  limit_.watched_.erase(key_);
}

void TimeLimit::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    while (!watched_.empty() && watched_.begin()->first.first <= now) {
      const auto late = std::move(watched_.extract(watched_.begin()).mapped());
      lock.unlock();
      late->expire(time_limit_text(limit_));
      lock.lock();
    }
    if (stopping_) return;
    wakes_at_ = watched_.empty() ? SteadyTime::max() : watched_.begin()->first.first;
    if (watched_.empty()) {
      wake_.wait(lock);
    } else {
      wake_.wait_until(lock, wakes_at_);
    }
  }
}

}  // namespace cogpp::server
