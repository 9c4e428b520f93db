// Recorded model `example`: the predictor of Cog's documented OpenAPI example.
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cogpp/predictor.hpp"

class Predictor {
 public:
  cogpp::TextStream predict(std::string prompt, cogpp::Path, std::int64_t, std::string,
                            std::optional<cogpp::Path>, std::optional<std::int64_t>,
                            std::optional<cogpp::Secret>, std::vector<std::string>, cogpp::Json,
                            std::optional<std::variant<std::string, double>>) {
    co_yield prompt;
  }
};

COGPP_PREDICTOR(
    Predictor,
    cogpp::input("prompt").describe("Text prompt").min_length(1).max_length(200).regex("^[a-z ]+$"),
    cogpp::input("image").accept("image/*"), cogpp::input("steps").default_to(50).ge(1).le(100),
    cogpp::input("style").default_to("photo").choices({"photo", "art"}),
    cogpp::input("mask").default_to(nullptr), cogpp::input("seed"),
    cogpp::input("api_key").default_to(nullptr),
    cogpp::input("tags").default_to(std::vector<std::string>{"a"}).deprecated(),
    cogpp::input("params").default_to(cogpp::Json::object()),
    cogpp::input("value").default_to(nullptr));
