// Recorded model `func`: in Python a plain function.
#include <string>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& text) { return "func " + text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
