// Recorded model `logs`: writes to its logs in many ways.
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& kind) {
    if (kind == "both") {
      std::cout << "out 1\n" << std::flush;
      std::cerr << "err 1\n";
      std::cout << "out é ✓ \x1b[31mred\x1b[0m\n";
    } else if (kind == "partial") {
      std::cout << "no newline";
    } else if (kind == "cr") {
      std::cout << "10%\r20%\r30%\n";
    } else if (kind == "multi") {
      std::cout << "a\nb\nc\n";
    } else if (kind == "flush") {
      std::cout << "half" << std::flush << " rest\n";
    } else if (kind == "child") {
      if (std::system("echo from child") != 0) throw std::runtime_error("echo failed");
    } else if (kind == "fd") {
      constexpr std::string_view text = "raw fd\n";
      if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) throw std::runtime_error("write");
    }
    return "ok";
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("kind").default_to("both"));
