// A predictor for the worker's tests that can be trained and has a health check, which
// does what the environment says.
#include <chrono>
#include <cogpp/predictor.hpp>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

class Predictor {
 public:
  void setup() { cogpp::log("predictor set up"); }

  std::string predict(const std::string& text) {
    while (text == "wait") {
      cogpp::current().throw_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    mode_ = text;
    return "hello " + text;
  }

  bool healthcheck() {
    cogpp::log("checking");
    if (mode_ == "raise") throw std::runtime_error("Critical system error");
    if (mode_ == "slow") std::this_thread::sleep_for(std::chrono::milliseconds(5300));
    return mode_ != "false";
  }

 private:
  std::string mode_;
};

class Trainer {
 public:
  void setup() { cogpp::log("trainer set up"); }
  std::string train(std::int64_t n) { return "trained " + std::to_string(n); }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(Trainer, cogpp::input("n").ge(1));
