// Recorded model `bigout`: an output file of some megabytes.
#include <cstdint>
#include <string>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"

class Predictor {
 public:
  cogpp::Path predict(std::int64_t mb) {
    const auto path = cogpp::current().directory() / "big.bin";
    contract::write_file(path, std::string(static_cast<std::size_t>(mb) << 20, 'b'));
    return path;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("mb").default_to(10));
