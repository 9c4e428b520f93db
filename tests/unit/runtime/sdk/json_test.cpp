// cogpp::Json, the authors' JSON value.
#include <catch2/catch_test_macros.hpp>
#include <cogpp/json.hpp>
#include <stdexcept>
#include <string>

namespace cogpp {
namespace {

TEST_CASE("a value knows its kind and gives itself out") {
  CHECK(Json().is_null());
  CHECK(Json(true).as_bool());
  CHECK(Json(3U).as_integer() == 3);
  CHECK(Json(2.0).as_integer() == 2);
  CHECK(Json(3).as_number() == 3.0);
  CHECK(Json("x").as_string() == "x");
  CHECK(Json(0).kind() == Json::Kind::kInteger);
  CHECK(Json(false).kind() == Json::Kind::kBoolean);
  CHECK_THROWS_AS(Json("x").as_integer(), std::invalid_argument);
  CHECK_THROWS_AS(Json(2.5).as_integer(), std::invalid_argument);
  CHECK_THROWS_AS(Json(1e19).as_integer(), std::invalid_argument);
}

TEST_CASE("integers keep all 64 bits, signed or not") {
  CHECK(Json(18446744073709551615ULL).text() == "18446744073709551615");
  CHECK(Json::parse("[18446744073709551615,-9223372036854775808]").text() ==
        "[18446744073709551615,-9223372036854775808]");
  CHECK(Json(18446744073709551615ULL).as_unsigned() == 18446744073709551615ULL);
  CHECK(Json(7).as_unsigned() == 7U);
  CHECK(Json(18446744073709551615ULL).kind() == Json::Kind::kInteger);
  CHECK_THROWS_AS(Json(18446744073709551615ULL).as_integer(), std::invalid_argument);
  CHECK_THROWS_AS(Json(-1).as_unsigned(), std::invalid_argument);
  CHECK_THROWS_AS(Json("x").as_unsigned(), std::invalid_argument);
}

TEST_CASE("arrays and objects grow from null") {
  Json value;
  value["b"].push_back(1);
  value["b"].push_back("x");
  value["a"] = Json::object({{"n", nullptr}});
  CHECK(value.text() == R"({"a":{"n":null},"b":[1,"x"]})");
  CHECK(value.size() == 2);
  CHECK(value.keys() == std::vector<std::string>{"a", "b"});
  CHECK(value.contains("a"));
  CHECK_FALSE(value.contains("c"));
  CHECK(value.at("b").at(1).as_string() == "x");
  CHECK_THROWS_AS(value.at("c"), std::invalid_argument);
  CHECK_THROWS_AS(value.at("b").at(2), std::invalid_argument);
  CHECK_THROWS_AS(value.push_back(1), std::invalid_argument);
}

TEST_CASE("copies are deep") {
  Json value = Json::array({1, Json::object({{"a", 2}})});
  Json copy = value;
  copy.at(1)["a"] = 3;
  CHECK(value.at(1).at("a").as_integer() == 2);
  CHECK(copy != value);
  const Json moved = std::move(copy);
  CHECK(moved.at(1).at("a").as_integer() == 3);
  Json& self = value;
  value = self;
  CHECK(value.size() == 2);
  value = value.at(1);
  CHECK(value.at("a").as_integer() == 2);
}

TEST_CASE("text goes in and out") {
  const std::string text = R"({"a":[1,-2.5,1e-7,"\u0001\"\\",true,null,{}],"z":"é"})";
  CHECK(Json::parse(text).text() == text);
  CHECK(Json::parse("18446744073709551616").text() == "1.8446744073709552e+19");
  CHECK_THROWS_AS(Json::parse("[1,"), std::invalid_argument);
  CHECK_THROWS_AS(Json(1.0 / 0.0).text(), std::invalid_argument);
  CHECK_THROWS_AS(Json("\xff").text(), std::invalid_argument);
}

}  // namespace
}  // namespace cogpp
