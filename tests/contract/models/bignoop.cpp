// Recorded model `bignoop`: takes a file, gives its size.
#include <cstdint>
#include <filesystem>
#include <optional>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  std::int64_t predict(const std::optional<cogpp::Path>& p, std::int64_t) {
    return p ? static_cast<std::int64_t>(std::filesystem::file_size(*p)) : 0;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("p").default_to(nullptr), cogpp::input("mb").default_to(0));
