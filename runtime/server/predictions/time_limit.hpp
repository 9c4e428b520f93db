// Ends predictions that run too long (--predict-timeout).
//
// One thread looks after all of them, so that whatever a prediction's own thread is
// blocked in (a download, a worker that does not read) has an end, too.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/support/clock.hpp"

namespace cogpp::server {

/// Any thread may watch.
class TimeLimit {
 public:
  /// 0: no limit, and no thread.
  explicit TimeLimit(std::chrono::milliseconds limit);
  ~TimeLimit();
  TimeLimit(const TimeLimit&) = delete;
  TimeLimit& operator=(const TimeLimit&) = delete;

  /// As long as it lives, the prediction is watched.
  class Watch {
   public:
    Watch(TimeLimit& limit, std::shared_ptr<Prediction> prediction);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    TimeLimit& limit_;
    std::pair<SteadyTime, Prediction*> key_;
  };

 private:
  void run();

  const std::chrono::milliseconds limit_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::map<std::pair<SteadyTime, Prediction*>, std::shared_ptr<Prediction>> watched_;
  SteadyTime wakes_at_ = SteadyTime::max();  ///< When the thread looks again.
  bool stopping_ = false;
  std::thread thread_;
};

/// The error of a prediction that took longer: `Prediction timed out after 2.5 s …`.
std::string time_limit_text(std::chrono::milliseconds limit);

}  // namespace cogpp::server
