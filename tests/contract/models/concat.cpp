// Recorded model `concat`: the words of a text, one after the other.
#include <sstream>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"

class Predictor {
 public:
  cogpp::TextStream predict(std::string text, double delay) {
    std::istringstream words(text);
    for (std::string word; std::getline(words, word, ' ');) {
      if (delay > 0) contract::sleep_s(delay);
      co_yield word;
    }
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("text").default_to("a b c"),
                cogpp::input("delay").default_to(0.0));
