// Writes a file of the asked size in one go and returns it.
#include <cogpp/predictor.hpp>
#include <cstdint>
#include <fstream>
#include <ios>
#include <string>

class Predictor {
 public:
  cogpp::Path predict(std::int64_t size) {
    const std::string bytes(static_cast<std::string::size_type>(size), '\xa5');
    cogpp::Path path(cogpp::current().directory() / "out.bin");
    std::ofstream(path, std::ios::binary) << bytes;
    return path;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("size"));
