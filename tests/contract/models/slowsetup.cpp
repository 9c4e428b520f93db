// Recorded model `slowsetup`: set-up takes SETUP_S seconds and writes logs.
#include <cstdlib>
#include <iostream>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  void setup() {
    const char* seconds = std::getenv("SETUP_S");
    std::cout << "setup start\n"
              << "no newline" << std::flush;
    contract::sleep_s(std::stod(seconds != nullptr ? seconds : "3"));
    std::cout << "setup end\n";
  }
  std::string predict(const std::string& text) { return text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").default_to("w"));
