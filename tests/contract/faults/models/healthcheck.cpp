// Predictor whose health check misbehaves: `mode` of the last prediction says how.
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& mode) {
    const std::lock_guard lock(mutex_);
    return mode_ = mode;
  }

  bool healthcheck() {
    std::string mode;
    {
      const std::lock_guard lock(mutex_);
      mode = mode_;
    }
    if (mode == "crash") std::abort();
    while (mode == "hang") std::this_thread::sleep_for(std::chrono::seconds(1));
    return true;
  }

 private:
  std::mutex mutex_;  ///< Guards mode_: checks come from a thread of their own.
  std::string mode_;
};

COGPP_PREDICTOR(Predictor, cogpp::input("mode"));
