// Recorded model `async4`: four predictions at once, each with its own log and metric.
#include <iostream>
#include <stdexcept>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  std::string predict(const std::string& text, double delay, const std::string& fail) {
    if (!fail.empty()) throw std::runtime_error(fail);
    std::cout << "start " + text + "\n" << std::flush;
    if (!contract::sleep_unless_cancelled(delay)) throw cogpp::Cancelled();
    cogpp::current().record_metric("n", text.size());
    return "hello " + text;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").default_to("x"),
                cogpp::input("delay").default_to(0.0), cogpp::input("fail").default_to(""));
