// Recorded model `fileouts`: several output files.
#include <cstdint>
#include <string>
#include <vector>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"

class Predictor {
 public:
  std::vector<cogpp::Path> predict(std::int64_t n, const std::string& ext) {
    std::vector<cogpp::Path> paths;
    for (std::int64_t k = 0; k < n; ++k) {
      const auto name = "file" + std::to_string(k);
      paths.emplace_back(cogpp::current().directory() / (name + "." + ext));
      contract::write_file(paths.back(), "file " + std::to_string(k));
    }
    return paths;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("n").default_to(2), cogpp::input("ext").default_to("txt"));
