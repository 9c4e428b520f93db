// Recorded model `raises`: fails in many ways, after it has written to both logs.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& kind) {
    std::cout << "about to fail " << kind << std::endl;
    std::cerr << "stderr text\n";
    if (kind == "ValueError") throw std::invalid_argument("this is a value error");
    if (kind == "noargs") throw std::invalid_argument("");
    if (kind == "custom") throw MyError();
    if (kind == "chained") chained();
    if (kind == "cancelled") throw std::runtime_error("it was cancelled");
    if (kind == "osexit") std::_Exit(3);
    return "ok";
  }

 private:
  struct MyError : std::exception {
    const char* what() const noexcept override { return "mine: é\n\"q\""; }
  };

  static void chained() {
    try {
      throw std::domain_error("division by zero");
    } catch (const std::domain_error&) {
      std::throw_with_nested(std::runtime_error("outer"));
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("kind").default_to("ValueError"));
