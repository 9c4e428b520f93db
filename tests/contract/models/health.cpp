// Recorded model `health`: its health check answers as the last prediction asked for.
#include <mutex>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  std::string predict(const std::string& mode, double seconds) {
    set_mode(mode);
    if (seconds > 0 && !contract::sleep_unless_cancelled(seconds)) throw cogpp::Cancelled();
    return mode;
  }

  bool healthcheck() {
    const std::string mode = this->mode();
    if (mode == "raise") throw std::runtime_error("Critical system error");
    if (mode == "sleep") contract::sleep_s(8);
    return mode != "false";
  }

 private:
  void set_mode(const std::string& mode) {
    const std::lock_guard lock(mutex_);
    mode_ = mode;
  }
  std::string mode() {
    const std::lock_guard lock(mutex_);
    return mode_;
  }

  std::mutex mutex_;  ///< Guards mode_: checks come from a thread of their own.
  std::string mode_ = "true";
};

COGPP_PREDICTOR(Predictor, cogpp::input("mode").default_to("true"),
                cogpp::input("seconds").default_to(0.0));
