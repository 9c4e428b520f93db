// Recorded model `train`: a predictor, and a function that trains it.
#include <iostream>
#include <string>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::string predict(const std::string& text) { return "hello " + text; }
};

static std::string train(std::int64_t n, const std::string& label) {
  std::cout << "training " << n << '\n';
  return "trained " + std::to_string(n) + " " + label;
}

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
COGPP_TRAINER(train, cogpp::input("n").ge(1), cogpp::input("label").default_to("L"));
