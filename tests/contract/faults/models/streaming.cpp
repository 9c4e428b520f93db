// Predictor whose output is a stream: `count` pieces with pauses between them.
#include <chrono>
#include <string>
#include <thread>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  cogpp::Stream<std::string> predict(std::int64_t count, double pause, std::int64_t size) {
    for (std::int64_t i = 0; i < count; ++i) {
      co_yield std::string(static_cast<std::size_t>(size), 's');
      if (pause > 0) wait(pause);
    }
  }

 private:
  static void wait(double pause) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(pause);
    while (std::chrono::steady_clock::now() < end) {
      cogpp::current().throw_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("count").default_to(3),
                cogpp::input("pause").default_to(0.0), cogpp::input("size").default_to(1));
