// Recorded model `failsetup`: set-up fails.
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  void setup() {
    std::cout << "in setup\n";
    throw std::runtime_error("boom in setup");
  }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
