// The smallest predictor: a text in, a text out.
#include <cogpp/predictor.hpp>
#include <string>

class Predictor {
 public:
  std::string predict(const std::string& prompt) { return "Hello, " + prompt + "!"; }
};

COGPP_PREDICTOR(Predictor, cogpp::input("prompt").describe("Whom to greet").max_length(200));
