// Recorded model `iter`: a stream of chunks with logs, metrics and failures on demand.
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  cogpp::Stream<std::string> predict(std::int64_t n, double delay, std::int64_t fail_at, bool log,
                                     bool metric) {
    for (std::int64_t k = 0; k < n; ++k) {
      if (k == fail_at) throw std::invalid_argument("boom at " + std::to_string(k));
      if (log) std::cout << "line " << k << std::endl;
      if (metric) {
        cogpp::current().record_metric("n.done", 1, cogpp::MetricMode::kIncrement);
      }
      if (delay > 0) contract::sleep_s(delay);
      co_yield "chunk-" + std::to_string(k);
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("n").default_to(3).ge(0),
                cogpp::input("delay").default_to(0.0), cogpp::input("fail_at").default_to(-1),
                cogpp::input("log").default_to(false), cogpp::input("metric").default_to(false));
