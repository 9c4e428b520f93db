// Recorded model `asyncgen`: streamed text. Cog collects asynchronous generators first.
#include <cstdint>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  cogpp::TextStream predict(std::int64_t n, double delay) {
    for (std::int64_t k = 0; k < n; ++k) {
      if (delay > 0) contract::sleep_s(delay);
      co_yield "chunk-" + std::to_string(k);
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("n").default_to(3), cogpp::input("delay").default_to(0.0));
