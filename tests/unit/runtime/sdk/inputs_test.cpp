// Inputs: how the signature describes them, and how their values arrive.
#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/unit/runtime/sdk/fake_host.hpp"

namespace inputs_test {

struct Point {
  double x = 0;
  std::int32_t y = 7;
  std::optional<std::string> label;
  friend bool operator==(const Point&, const Point&) = default;
};
COGPP_STRUCT(Point, x, y, label);

struct Login {
  std::string name;
  cogpp::Secret password;
};
COGPP_STRUCT(Login, name, password);

template <class T>
struct Echo {
  T predict(const T& value) { return value; }
};

}  // namespace inputs_test

namespace cogpp::sdk {
namespace {

using inputs_test::Echo;
using inputs_test::Login;
using inputs_test::Point;

struct Many {
  std::string predict(const std::string& prompt, std::int64_t steps, double scale, bool loud,
                      Path image, std::optional<Secret> key, std::vector<std::string> tags,
                      std::optional<std::vector<Point>> points, Json anything,
                      std::map<std::string, double> weights,
                      std::variant<std::int64_t, std::string> either) {
    return prompt + std::to_string(steps) + std::to_string(scale) + (loud ? "!" : "") +
           image.string() + (key ? key->reveal() : "-") + std::to_string(tags.size()) +
           (points ? std::to_string(points->size()) : "-") + anything.text() +
           std::to_string(weights.size()) + std::to_string(either.index());
  }
};

const CogppPredictorTable* many() {
  return PREDICTOR_TABLE(
      Many, input("prompt").describe("Text").min_length(1).max_length(9).regex("^a"),
      input("steps").default_to(25).ge(1).le(100), input("scale").ge(0.5).default_to(1),
      input("loud").default_to(true), input("image").accept("image/*"), input("key").deprecated(),
      input("tags").default_to(std::vector<std::string>{"x"}), input("points"),
      input("anything").default_to(Json::object({{"a", 1}})), input("weights"),
      input("either").default_to("text"));
}

TEST_CASE("the signature says what was declared") {
  const Driver driver(many());
  const Json expected = Json::parse(R"({"inputs":[
    {"name":"prompt","type":{"kind":"string"},"description":"Text","min_length":1,"max_length":9,"regex":"^a"},
    {"name":"steps","type":{"kind":"integer"},"default":25,"ge":1,"le":100},
    {"name":"scale","type":{"kind":"number"},"default":1,"ge":0.5},
    {"name":"loud","type":{"kind":"boolean"},"default":true},
    {"name":"image","type":{"kind":"path"},"accept":"image/*"},
    {"name":"key","type":{"kind":"secret","optional":true},"deprecated":true},
    {"name":"tags","type":{"kind":"array","items":[{"kind":"string"}]},"default":["x"]},
    {"name":"points","type":{"kind":"array","optional":true,"items":[{"kind":"struct","fields":[
       {"name":"x","type":{"kind":"number"}},{"name":"y","type":{"kind":"integer"}},
       {"name":"label","type":{"kind":"string","optional":true}}]}]}},
    {"name":"anything","type":{"kind":"object"},"default":{"a":1}},
    {"name":"weights","type":{"kind":"map","items":[{"kind":"number"}]}},
    {"name":"either","type":{"kind":"union","items":[{"kind":"integer"},{"kind":"string"}]},"default":"text"}],
    "output":{"kind":"string"},"mode":"value"})");
  CHECK(driver.signature().text() == expected.text());
}

TEST_CASE("choices are texts or integers") {
  struct Choose {
    std::int64_t predict(const std::string& style, std::optional<std::int64_t> size) {
      return size.value_or(0) + static_cast<std::int64_t>(style.size());
    }
  };
  Driver driver(PREDICTOR_TABLE(Choose, input("style").choices({"a", "bc"}),
                                input("size").choices({0, 512}).default_to(nullptr)));
  const Json signature = driver.signature();
  CHECK(signature.at("inputs").at(0).at("choices").text() == R"(["a","bc"])");
  CHECK(signature.at("inputs").at(1).at("choices").text() == "[0,512]");
  CHECK(signature.at("inputs").at(1).at("default").is_null());
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of(R"({"style":"bc","size":512})") == "514");
  CHECK(driver.output_of(R"({"style":"bc"})") == "2");
}

TEST_CASE("values arrive, and defaults stand in for absent ones") {
  Driver driver(many());
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of(R"({"prompt":"a","image":"/tmp/i.png","weights":{}})") ==
        R"("a251.000000!/tmp/i.png-1-{\"a\":1}01")");
  CHECK(driver.output_of(R"({"prompt":"b","steps":3,"scale":2,"loud":false,"image":"i","key":"k",
      "tags":[],"points":[{"x":1,"y":2}],"anything":[null],"weights":{"w":1.5},"either":4})") ==
        R"("b32.000000ik01[null]10")");
  CHECK(driver.output_of(R"({"prompt":"b","image":"i","key":null,"points":null,"weights":{}})") ==
        R"("b251.000000!i-1-{\"a\":1}01")");
}

TEST_CASE("a value of the wrong type is refused with its place") {
  Driver driver(many());
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.error_of("{}") == "Input validation error: prompt is missing");
  CHECK(driver.error_of(R"({"prompt":3})") ==
        "Input validation error: prompt must be a string, not an integer");
  CHECK(driver.error_of(R"({"prompt":"a","steps":2.5})") ==
        "Input validation error: steps must be an integer, not a number");
  CHECK(driver.error_of(R"({"prompt":"a","steps":18446744073709551615})") ==
        "Input validation error: steps must lie between -9223372036854775808 and "
        "9223372036854775807");
  CHECK(driver.error_of(R"({"prompt":"a","loud":null})") ==
        "Input validation error: loud must be a boolean, not null");
  CHECK(driver.error_of(R"({"prompt":"a","image":"i","tags":["a",1]})") ==
        "Input validation error: tags.1 must be a string, not an integer");
  CHECK(driver.error_of(R"({"prompt":"a","image":"i","points":[{"x":1,"y":2},{"x":1}]})") ==
        "Input validation error: points.1.y is missing");
  CHECK(driver.error_of(
            R"({"prompt":"a","image":"i","points":[{"x":1,"y":3000000000}],"weights":{}})") ==
        "Input validation error: points.0.y must lie between -2147483648 and 2147483647");
  CHECK(driver.error_of(R"({"prompt":"a","image":"i","weights":{"w":"1"}})") ==
        "Input validation error: weights.w must be a number, not a string");
  CHECK(driver.error_of(R"({"prompt":"a","image":"i","weights":{},"either":true})") ==
        "Input validation error: either must be one of the parameter's types, not a boolean");
  CHECK(driver.error_of("[]") == "Input validation error: the input must be an object");
  CHECK(driver.error_of("{").starts_with("Input validation error: the input is not JSON: "));
}

TEST_CASE("a union takes the alternative that fits best") {
  using Number = std::variant<double, std::int64_t>;
  struct Which {
    std::int64_t predict(Number value) { return static_cast<std::int64_t>(value.index()); }
  };
  Driver driver(PREDICTOR_TABLE(Which, input("value")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of(R"({"value":1})") == "1");
  CHECK(driver.output_of(R"({"value":1.5})") == "0");
}

template <class T>
std::string echo(const std::string& json) {
  Driver driver(PREDICTOR_TABLE(Echo<T>, input("value")));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  const int outcome = driver.predict("{\"value\":" + json + "}");
  if (outcome == COGPP_FAILED) return driver.host.error;
  std::string all;
  for (const auto& output : driver.host.outputs) all += (all.empty() ? "" : " ") + output;
  return all;
}

TEST_CASE("every type comes back as it went in") {
  CHECK(echo<std::string>(R"("a\"\u00e9\n")") == "\"a\\\"\u00e9\\n\"");
  CHECK(echo<std::int64_t>("-9223372036854775808") == "-9223372036854775808");
  CHECK(echo<int>("3.0") == "3");
  CHECK(echo<std::uint64_t>("9223372036854775807") == "9223372036854775807");
  CHECK(echo<std::uint8_t>("256") == "Input validation error: value must lie between 0 and 255");
  CHECK(echo<double>("1e-7") == "1e-7");
  CHECK(echo<double>("3") == "3.0");
  CHECK(echo<float>("0.5") == "0.5");
  CHECK(echo<bool>("true") == "true");
  CHECK(echo<std::vector<bool>>("[true,false]") == "true false");
  CHECK(echo<std::vector<std::int64_t>>("[1,2]") == "1 2");
  CHECK(echo<std::optional<std::string>>("null").empty());
  CHECK(echo<std::optional<std::string>>(R"("x")") == R"("x")");
  CHECK(echo<std::map<std::string, std::vector<int>>>(R"({"b":[1],"a":[]})") ==
        R"({"a":[],"b":[1]})");
  CHECK(echo<Point>(R"({"x":1,"y":2,"label":"l"})") == R"({"x":1.0,"y":2,"label":"l"})");
  CHECK(echo<Point>(R"({"y":2,"x":1})") == R"({"x":1.0,"y":2,"label":null})");
  CHECK(echo<Json>(R"({"a":[1,2.5,"x",null,true,{}]})") == R"({"a":[1,2.5,"x",null,true,{}]})");
  CHECK(echo<Json>(R"([1,[2]])") == "1 [2]");
  CHECK(echo<std::variant<std::int64_t, std::string>>(R"("x")") == R"("x")");
}

TEST_CASE("a list in braces is a default") {
  struct Join {
    std::string predict(const std::vector<std::string>& words, std::vector<double> numbers,
                        const std::optional<std::vector<std::int64_t>>& more) {
      return words.at(1) + std::to_string(numbers.size() + more.value().size());
    }
  };
  Driver driver(PREDICTOR_TABLE(Join, input("words").default_to({"a", "b"}),
                                input("numbers").default_to({1, 2}),
                                input("more").default_to({3})));
  REQUIRE(driver.set_up() == COGPP_SUCCEEDED);
  CHECK(driver.output_of("{}") == "\"b3\"");
}

template <class T, class Default>
struct HasDefault {
  static inline Default value;
  static std::string error_of(Default it) {
    value = std::move(it);
    return Driver(PREDICTOR_TABLE(Taking, input("value").default_to(HasDefault::value))).host.error;
  }
  struct Taking {
    void predict(const T&) {}
  };
};

TEST_CASE("a default that no prediction could use is refused when the predictor is made") {
  const std::string refused = "an input has a default that cannot be one: ";
  CHECK(HasDefault<int, std::int64_t>::error_of(3000000000) ==
        refused + "value must lie between -2147483648 and 2147483647");
  CHECK(HasDefault<int, std::int64_t>::error_of(2147483647).empty());
  CHECK(HasDefault<std::uint64_t, int>::error_of(-1) ==
        refused + "value must lie between 0 and 18446744073709551615");
  CHECK(HasDefault<std::string, std::string>::error_of("\xff").starts_with(refused));
}

TEST_CASE("a default that would show a secret is refused when the predictor is made") {
  const std::string refused =
      "an input has a default that cannot be one: value would show a cogpp::Secret in the API's "
      "schema";
  using Secrets = std::vector<Secret>;
  using Named = std::map<std::string, Secret>;
  CHECK(HasDefault<Secrets, Secrets>::error_of({Secret("hunter2")}) == refused);
  CHECK(HasDefault<Secrets, Secrets>::error_of({}).empty());
  CHECK(HasDefault<Named, Named>::error_of({{"a", Secret("hunter2")}}) == refused);
  CHECK(HasDefault<Login, Login>::error_of({"me", Secret("hunter2")}) == refused);
  CHECK(HasDefault<Login, Login>::error_of({"me", Secret()}).empty());
}

TEST_CASE("two inputs of one name are refused when the predictor is made") {
  struct Twice {
    void predict(bool, bool) {}
  };
  Driver driver(PREDICTOR_TABLE(Twice, input("a"), input("a")));
  CHECK_FALSE(driver.made());
  CHECK(driver.host.error == "COGPP_PREDICTOR has two inputs named 'a', or one without name");
}

}  // namespace
}  // namespace cogpp::sdk
