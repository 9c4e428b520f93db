// Signatures through JSON, and the rules that they must keep.
#include "schema/signature.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/schema/fixtures.hpp"

namespace cogpp::schema {
namespace {

Signature with(Input input) {
  Signature signature;
  signature.inputs.push_back(std::move(input));
  return signature;
}

std::string problem(const Signature& signature) {
  const Status status = check(signature);
  return status ? "" : status.error().message;
}

std::string read_problem(std::string_view text) {
  const Result<Signature> result = signature_from_json(parse_json(text).value());
  return result ? "" : result.error().message;
}

const Type kText{.kind = Kind::kString};
const Type kWhole{.kind = Kind::kInteger};

TEST_CASE("a field says itself whether it is required") {
  const auto required = [](const char* field) {
    const std::string text =
        std::string(R"({"inputs":[],"output":{"kind":"struct","fields":[)") + field + "]}}";
    const Result<Signature> signature = signature_from_json(parse_json(text).value());
    REQUIRE(signature.ok());
    CHECK(signature_from_json(to_json(*signature)).value() == *signature);
    return signature->output.fields.front().is_required();
  };
  CHECK(required(R"({"name":"a","type":{"kind":"string"}})"));
  CHECK_FALSE(required(R"({"name":"a","type":{"kind":"string","optional":true}})"));
  CHECK_FALSE(required(R"({"name":"a","type":{"kind":"string"},"default":null})"));
  CHECK(required(R"({"name":"a","type":{"kind":"string","optional":true},"required":true})"));
  CHECK_FALSE(required(R"({"name":"a","type":{"kind":"string"},"required":false})"));
}

TEST_CASE("defaults are checked against the document") {
  Signature signature;
  signature.inputs.push_back(
      {.name = "n", .type = {.kind = Kind::kInteger}, .default_value = 5, .le = 4});
  const Status status = check_defaults(signature);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().message.find("its default 5 is greater") != std::string::npos);
  signature.inputs[0].le = 5;
  CHECK(check_defaults(signature).ok());
}

TEST_CASE("signatures survive the way through JSON") {
  const Json signatures = tests::fixture("signatures.json");
  for (const auto& [model, json] : signatures.items()) {
    INFO("model " << model);
    const Signature signature = signature_from_json(json).value();
    CHECK(signature_from_json(to_json(signature)).value() == signature);
  }
  const Signature full = with({.name = "x",
                               .type = {.kind = Kind::kString, .optional = true},
                               .default_value = Json(nullptr),
                               .description = "d",
                               .ge = 1.5,
                               .le = 2,
                               .min_length = 1,
                               .max_length = 9,
                               .regex = "a",
                               .choices = {"a", "b"},
                               .accept = "image/*",
                               .deprecated = true});
  CHECK(signature_from_json(to_json(full)).value() == full);
}

TEST_CASE("wrong signatures are refused with the place") {
  CHECK(read_problem("[]") == "invalid signature: signature must be an object");
  CHECK(read_problem("{}") == "invalid signature: output must be present");
  CHECK(read_problem(R"({"inputs":[{"name":"a"}],"output":{"kind":"string"}})") ==
        "invalid signature: inputs[0] must be an object with name and type");
  CHECK(read_problem(R"({"output":{"kind":"tensor"}})") ==
        "invalid signature: output.kind must be one of string, integer, number, boolean, path, "
        "secret, object, array, union, struct, map, not \"tensor\"");
  CHECK(read_problem(R"({"output":{"kind":"array"}})") ==
        "invalid signature: output.items must be one type");
  CHECK(
      read_problem(
          R"({"inputs":[{"name":"a","type":{"kind":"string"},"min_length":-1}],"output":{"kind":"string"}})") ==
      "invalid signature: inputs[0].min_length must be a whole number from 0 on");
}

TEST_CASE("rules name the input") {
  CHECK(problem(with({.name = "a", .type = kText})).empty());
  CHECK(problem(with({.type = kText})) == "an input has no name");
  Signature twice = with({.name = "a", .type = kText});
  twice.inputs.push_back(twice.inputs.front());
  CHECK(problem(twice) == "input \"a\": two inputs have this name");
  CHECK(problem(with({.name = "a", .type = kText, .ge = 1})) ==
        "input \"a\": ge and le need a number, which string has not; remove it");
  CHECK(problem(with({.name = "a", .type = kWhole, .max_length = 1})) ==
        "input \"a\": min_length, max_length and regex need a string, which integer has not; "
        "remove it");
  CHECK(problem(with({.name = "a", .type = kWhole, .ge = 3, .le = 2.5})) ==
        "input \"a\": ge 3.0 is greater than le 2.5");
  CHECK(problem(with({.name = "a", .type = kText, .accept = "image/*"})) ==
        "input \"a\": accept is only valid on Path or File inputs");
  CHECK(problem(with({.name = "a", .type = kText, .regex = "("}))
            .starts_with("input \"a\": the pattern \"(\" is not a valid regular expression: "));
  CHECK(problem(with({.name = "a", .type = kText, .regex = "^(?=b)"})).empty());
}

TEST_CASE("choices and defaults fit their input") {
  CHECK(problem(with({.name = "a", .type = kText, .choices = {"x", 1}})) ==
        "input \"a\": the choice 1 is not of type \"string\"");
  CHECK(problem(with({.name = "a", .type = {.kind = Kind::kNumber}, .choices = {1}})) ==
        "input \"a\": choices need a string or an integer, not number");
  CHECK(problem(with({.name = "Status", .type = kText, .choices = {"x"}}))
            .starts_with("input \"Status\": an input with choices cannot have this name"));
  CHECK(problem(with({.name = "a", .type = kWhole, .default_value = 500, .le = 100})) ==
        "input \"a\": its default 500 is greater than the maximum of 100");
  CHECK(problem(with({.name = "a", .type = kWhole, .default_value = "x"})) ==
        "input \"a\": its default \"x\" is not of type \"integer\"");
  CHECK(problem(with({.name = "a", .type = kText, .default_value = "z", .choices = {"x"}})) ==
        "input \"a\": its default \"z\" is not one of [\"x\"]");
  CHECK(problem(with({.name = "a", .type = kWhole, .default_value = Json(nullptr)})).empty());
}

TEST_CASE("outputs that cannot stream are refused") {
  Signature signature;
  signature.mode = OutputMode::kConcatenate;
  signature.output = kWhole;
  CHECK(problem(signature) == "output: pieces that are concatenated must be strings, not integer");
  signature.mode = OutputMode::kValue;
  signature.streaming = true;
  CHECK(problem(signature) == "output: streaming needs an output that comes in pieces");
  signature.mode = OutputMode::kIterator;
  CHECK(problem(signature).empty());
}

}  // namespace
}  // namespace cogpp::schema
