// A prediction that costs nothing: what is measured is the way to it and back.
#include <cogpp/predictor.hpp>
#include <string>

class Predictor {
 public:
  std::string predict(const std::string& text) { return "hello " + text; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text"));
