// Takes a file and says how long it is and where it was.
#include <cogpp/predictor.hpp>
#include <filesystem>
#include <string>

class Predictor {
 public:
  std::string predict(const cogpp::Path& file) {
    return std::to_string(std::filesystem::file_size(file)) + " " + file.string();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("file"));
