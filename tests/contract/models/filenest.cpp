// Recorded model `filenest`: a file inside of a structured output.
#include <cstdint>
#include <optional>
#include <string>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"

struct Out {
  cogpp::Path z;
  std::optional<std::string> a;
  std::int64_t n = 3;
};
COGPP_STRUCT(Out, z, a, n);

class Predictor {
 public:
  Out predict(const std::string& ext) {
    const auto path = cogpp::current().directory() / ("nest." + ext);
    contract::write_file(path, "nested");
    return {.z = path, .a = std::nullopt};
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("ext").default_to("wav"));
