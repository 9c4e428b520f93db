// Predictor with file inputs and a file output, which can die with both.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  cogpp::Path predict(const std::optional<cogpp::Path>& file,
                      const std::optional<std::vector<cogpp::Path>>& files,
                      const std::string& mode) {
    std::uintmax_t bytes = file ? std::filesystem::file_size(*file) : 0;
    for (const cogpp::Path& one : files.value_or(std::vector<cogpp::Path>()))
      bytes += std::filesystem::file_size(one);
    const auto output = cogpp::current().directory() / "output.txt";
    std::ofstream(output) << (mode == "big" ? std::string(2000, 'x') : std::to_string(bytes));
    if (mode == "copy") std::filesystem::resize_file(output, bytes);
    if (mode == "signal") raise(SIGSEGV);
    if (mode == "throw") throw std::runtime_error("with files");
    while (mode == "sleep") {
      cogpp::current().throw_if_cancelled();
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    if (mode == "lost") std::filesystem::remove(output);
    return output;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("file"), cogpp::input("files"),
                cogpp::input("mode").default_to("ok"));
