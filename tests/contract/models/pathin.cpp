// Recorded model `pathin`: reports the files that it got. Cog's `File` is a path, too.
#include <optional>
#include <string>
#include <vector>

#include "cogpp/predictor.hpp"
#include "input_file.hpp"

class Predictor {
 public:
  cogpp::Json predict(const std::optional<cogpp::Path>& p, const std::vector<cogpp::Path>& ps,
                      const std::optional<cogpp::Path>& f, const std::string& s,
                      const std::vector<cogpp::Secret>& secs) {
    auto files = cogpp::Json::array();
    for (const auto& path : ps) files.push_back(contract::describe_file(path, true));
    auto secrets = cogpp::Json::array();
    // Python leaves a secret inside of a list unwrapped.
    for (const auto& secret : secs) secrets.push_back("str:" + secret.reveal());
    return cogpp::Json::object({{"p", optional_file(p)},
                                {"ps", files},
                                {"f", optional_file(f)},
                                {"s", s},
                                {"secs", secrets}});
  }

 private:
  static cogpp::Json optional_file(const std::optional<cogpp::Path>& path) {
    return path ? contract::describe_file(*path, true) : cogpp::Json();
  }
};

COGPP_PREDICTOR(Predictor, cogpp::input("p").default_to(nullptr),
                cogpp::input("ps").default_to(std::vector<cogpp::Path>{}),
                cogpp::input("f").default_to(nullptr), cogpp::input("s").default_to(""),
                cogpp::input("secs").default_to(std::vector<cogpp::Secret>{}));
