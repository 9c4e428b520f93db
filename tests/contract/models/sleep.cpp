// Recorded model `sleep`: runs for a while, and treats a cancel in four ways.
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  std::string predict(double seconds, const std::string& mode, bool log) {
    if (log) std::cout << "sleeping " << seconds << std::endl;
    if (mode == "c") {  // Like a call into C: no stopping point on the way, but one behind it.
      contract::sleep_s(seconds);
      cogpp::current().throw_if_cancelled();
      return "slept";
    }
    if (contract::sleep_unless_cancelled(seconds)) return "slept";
    if (mode == "swallow") return "swallowed";
    if (mode == "other") throw std::invalid_argument("raised during cancel");
    throw cogpp::Cancelled();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("seconds").default_to(1.0),
                cogpp::input("mode").default_to("py"), cogpp::input("log").default_to(false));
