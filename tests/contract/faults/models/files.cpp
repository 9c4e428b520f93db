// Predictor with file inputs and a file output, which can die with both.
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cogpp/predictor.hpp"

using Paths = std::vector<cogpp::Path>;

struct Clip {
  cogpp::Path file;
  std::optional<std::string> name;
  std::optional<std::map<std::string, std::vector<Paths>>> frames;
};
COGPP_STRUCT(Clip, file, name, frames);

class Predictor {
 public:
  cogpp::Path predict(const std::optional<cogpp::Path>& file, const std::optional<Paths>& files,
                      const std::optional<std::vector<Clip>>& clips, const std::string& mode) {
    std::uintmax_t bytes = file ? std::filesystem::file_size(*file) : 0;
    const auto add = [&bytes](const Paths& paths) {
      for (const cogpp::Path& one : paths) bytes += std::filesystem::file_size(one);
    };
    add(files.value_or(Paths()));
    for (const Clip& clip : clips.value_or(std::vector<Clip>())) {
      add({clip.file});
      if (!clip.frames) continue;
      for (const auto& [name, lists] : *clip.frames) {
        for (const Paths& list : lists) add(list);
      }
    }
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

COGPP_PREDICTOR(Predictor, cogpp::input("file"), cogpp::input("files"), cogpp::input("clips"),
                cogpp::input("mode").default_to("ok"));
