// Input checks against recorded answers; patterns that must not stall.
#include "schema/validation.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>

#include "schema/pattern.hpp"
#include "tests/unit/schema/fixtures.hpp"

namespace cogpp::schema {
namespace {

using tests::fixture;

Json document_of(const std::string& model, const std::string& variant) {
  Json document = fixture("openapi/" + model + ".json");
  Json& pattern = document["components"]["schemas"]["Input"]["properties"]["s"]["pattern"];
  if (variant == "badregex") pattern = "(?<=a)b[";
  if (variant == "lookahead") pattern = "^(?=a)[a-z]+$";
  if (variant == "unanchored") pattern = "b\\d";
  return document;
}

TEST_CASE("inputs get the recorded answers") {
  std::size_t refused = 0;
  for (const Json& recorded : fixture("validation.json")) {
    INFO("case " << recorded["name"]);
    const Json document = document_of(recorded["model"], recorded["variant"]);
    const Result<InputValidator> validator = InputValidator::create(document, "Input");
    if (recorded["variant"] == "badregex") {
      CHECK_FALSE(validator.ok());  // Cog serves such a model without checks
      continue;
    }
    REQUIRE(validator.ok());
    const Result<Json> body = parse_json(recorded["body"].get<std::string>());
    REQUIRE(body.ok());
    Json input = body->at("input");
    const std::vector<InputError> errors = validator->apply(input);
    const std::string reply = errors.empty() ? "" : to_text(error_body(errors));
    CHECK(reply == recorded["reply"].get<std::string>());
    refused += reply.empty() ? 0 : 1;
  }
  CHECK(refused > 40);
}

InputValidator validator_of(const char* input_schema, const char* more = "{}") {
  Json document;
  document["components"]["schemas"] = Json::parse(more);
  document["components"]["schemas"]["Input"] = Json::parse(input_schema);
  return InputValidator::create(document, "Input").value();
}

TEST_CASE("unknown properties are dropped and nulls added") {
  const InputValidator validator = validator_of(
      R"({"properties":{"a":{"type":"string"},"b":{"nullable":true,"type":"string"},
          "c":{"nullable":true,"default":null,"type":"string"},"d":{"nullable":true}},
          "required":["a","d"],"type":"object"})");
  Json input{{"a", "x"}, {"d", 1}, {"z", 1}, {"y", 2}};
  std::vector<std::string> dropped;
  CHECK(validator.apply(input, &dropped).empty());
  CHECK(to_text(input) == R"({"a":"x","b":null,"d":1})");
  CHECK(dropped == std::vector<std::string>{"y", "z"});

  Json wrong{{"a", 1}, {"d", 1}};
  CHECK(validator.apply(wrong).size() == 1);
  CHECK_FALSE(wrong.contains("b"));
}

TEST_CASE("fields are pointers without the leading slash") {
  const InputValidator validator = validator_of(
      R"({"properties":{"a/b~c":{"items":{"properties":{"k":{"type":"string"}},
          "required":["k","l"],"type":"object"},"type":"array"}},"type":"object"})");
  Json input{{"a/b~c", Json::array({Json{{"k", 1}}})}};
  const std::vector<InputError> errors = validator.apply(input);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0] == InputError{"a~1b~0c/0/k", "1 is not of type \"string\"", "value_error"});
  CHECK(errors[1] == InputError{"a~1b~0c/0/l", "Field required", "value_error.missing"});
}

TEST_CASE("values of a map are checked") {
  const InputValidator validator = validator_of(
      R"({"properties":{"m":{"additionalProperties":{"type":"integer"},"type":"object"}}})");
  Json input{{"m", {{"a", 1}, {"b", "x"}}}};
  const std::vector<InputError> errors = validator.apply(input);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].field == "m/b");
}

TEST_CASE("lengths count characters, not bytes") {
  const InputValidator validator =
      validator_of(R"({"properties":{"s":{"maxLength":2,"minLength":2,"type":"string"}}})");
  Json fits{{"s", "é😀"}};
  CHECK(validator.apply(fits).empty());
  Json longer{{"s", "é😀x"}};
  CHECK(validator.apply(longer).at(0).message == "\"é😀x\" is longer than 2 characters");
}

TEST_CASE("limits are compared exactly") {
  const InputValidator validator =
      validator_of(R"({"properties":{"i":{"maximum":9007199254740992,"type":"integer"}}})");
  Json above{{"i", 9007199254740993}};
  CHECK(validator.apply(above).size() == 1);
  Json huge{{"i", 18446744073709551615ULL}};
  CHECK(validator.apply(huge).size() == 1);
}

TEST_CASE("documents that cannot be used are refused") {
  const auto problem = [](const char* schema) {
    Json document;
    document["components"]["schemas"]["Input"] = Json::parse(schema);
    return InputValidator::create(document, "Input").error().message;
  };
  CHECK(InputValidator::create(Json::object(), "Input").error().message ==
        "the OpenAPI document has no components.schemas.Input");
  CHECK(problem(R"({"properties":{"a":{"$ref":"#/components/schemas/B"}}})") ==
        "input \"a\": the schema refers to \"#/components/schemas/B\", which does not exist");
  CHECK(problem(R"({"properties":{"a":{"$ref":"#/components/schemas/Input"}}})")
            .ends_with("the schema is nested too deeply or refers to itself"));
  CHECK(problem(R"({"properties":{"a":{"pattern":"["}}})")
            .starts_with("input \"a\": the pattern \"[\" is not a valid regular expression"));
}

TEST_CASE("patterns search, and their end is the end") {
  CHECK(Pattern::compile("b").value().found_in("abc"));
  CHECK_FALSE(Pattern::compile("^[a-z]+$").value().found_in("abc\n"));
  CHECK_FALSE(Pattern::compile("(?=a)^[a-z]+$").value().found_in("abc\n"));
  CHECK(Pattern::compile("^(?!x)é$").value().found_in("é"));
  CHECK_FALSE(Pattern::compile("^(?!x)").value().found_in("xa"));
  CHECK(Pattern::compile("(a)\\1").value().found_in("baa"));
}

TEST_CASE("a hostile pattern cannot stall") {
  const Pattern pattern = Pattern::compile("^(?=(a+)+$)(a+)+$").value();
  const std::string text = std::string(5000, 'a') + "!";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(pattern.found_in(text));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(2));
}

}  // namespace
}  // namespace cogpp::schema
