// A stream of many small chunks, as fast as they are taken.
#include <cogpp/predictor.hpp>
#include <cstdint>
#include <string>

class Predictor {
 public:
  cogpp::Stream<std::string> predict(std::int64_t count) {
    for (std::int64_t number = 0; number < count; ++number) {
      co_yield "chunk " + std::to_string(number);
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("count"));
