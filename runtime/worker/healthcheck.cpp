// The two threads: checks run one after the other, answers go out in time.
#include "runtime/worker/healthcheck.hpp"

#include <pthread.h>

#include <utility>

namespace cogpp::worker {
namespace {

/// Cog's text; its seconds always have one decimal.
std::string too_slow(std::chrono::milliseconds limit) {
  const auto tenths = limit.count() / 100;
  return "Healthcheck failed: user-defined healthcheck timed out after " +
         std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " seconds";
}

}  // namespace

Healthcheck::Healthcheck(std::chrono::milliseconds limit) : limit_(limit) {}

Healthcheck::~Healthcheck() { stop(); }

void Healthcheck::request(std::string id) {
  const std::lock_guard lock(mutex_);
  id_ = std::move(id);
  deadline_ = std::chrono::steady_clock::now() + limit_;
  ++asked_;
  changed_.notify_all();
}

void Healthcheck::start(Check check, Answer answer) {
  check_ = std::move(check);
  answer_ = std::move(answer);
  checker_ = std::thread([this] { run_checks(); });
  answerer_ = std::thread([this] { answer_requests(); });
}

void Healthcheck::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (checker_.joinable()) checker_.join();
  if (answerer_.joinable()) answerer_.join();
}

void Healthcheck::run_checks() {
  ::pthread_setname_np(::pthread_self(), "health");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || (id_ && begun_ < asked_); });
    if (stopping_) return;
    const auto number = begun_ = asked_;
    lock.unlock();
    auto result = check_();
    lock.lock();
    ended_ = number;
    result_ = std::move(result);
    changed_.notify_all();
  }
}

void Healthcheck::answer_requests() {
  ::pthread_setname_np(::pthread_self(), "health-timer");
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || id_; });
    if (stopping_) return;
    const auto number = asked_;
    const bool ended = changed_.wait_until(
        lock, deadline_, [&] { return stopping_ || ended_ == number || asked_ != number; });
    if (stopping_) return;
    if (asked_ != number) continue;
    ipc::Health health{.id = *std::exchange(id_, std::nullopt)};
    if (!ended) health.error = too_slow(limit_);
    if (ended) health.error = result_;
    lock.unlock();
    answer_(health);
    lock.lock();
  }
}

}  // namespace cogpp::worker
