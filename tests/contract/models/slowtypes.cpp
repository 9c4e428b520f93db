// Recorded model `slowtypes`: a secret, and inputs that are absent in different ways.
#include <cstdint>
#include <optional>
#include <string>

#include "cogpp/predictor.hpp"
#include "pause.hpp"
#include "python_repr.hpp"

class Predictor {
 public:
  std::string predict(const cogpp::Secret& key, const std::optional<std::string>& a,
                      const std::optional<std::int64_t>& b, std::int64_t c,
                      const std::optional<std::string>& z) {
    contract::sleep_s(0.6);
    const auto text = [](const std::optional<std::string>& value) {
      return value ? contract::python_string(*value) : "None";
    };
    // A secret cannot be printed in C++; Python masks it.
    return "('**********', " + contract::python_string(key.reveal()) + ", " + text(a) + ", " +
           (b ? std::to_string(*b) : "None") + ", " + std::to_string(c) + ", " + text(z) + ")";
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("key"), cogpp::input("a"),
                cogpp::input("b").default_to(nullptr), cogpp::input("c").default_to(5),
                cogpp::input("z").default_to(nullptr));
