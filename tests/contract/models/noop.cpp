// Recorded model `noop`: the smallest predictor.
#include <string>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& text) { return "hello " + text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
