// Recorded model `fileout`: one output file of a given name and size.
#include <cstdint>
#include <string>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"

class Predictor {
 public:
  cogpp::Path predict(std::int64_t size, const std::string& name, const std::string& kind) {
    if (kind == "bytesio") {  // Python's unnamed file object: bytes without a name
      const auto path = cogpp::current().directory() / "0.bin";
      contract::write_file(path, "bytes");
      return path;
    }
    const auto path = contract::fixed_folder() / name;
    if (kind != "missing") {
      std::string content;
      while (content.size() < static_cast<std::size_t>(size)) content += "hello";
      contract::write_file(path, content.substr(0, static_cast<std::size_t>(size)));
    }
    return path;
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("size").default_to(5),
                cogpp::input("name").default_to("out.txt"),
                cogpp::input("kind").default_to("path"));
