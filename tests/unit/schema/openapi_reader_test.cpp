// Documents of Cog's own generator, read back, and documents that nobody should write.
#include "schema/openapi_reader.hpp"

#include <catch2/catch_test_macros.hpp>

#include "schema/openapi.hpp"
#include "tests/unit/schema/fixtures.hpp"

namespace cogpp::schema {
namespace {

using tests::fixture;
using tests::fixture_text;

/// A document whose only input is this property.
Json document_with(const std::string& property, const std::string& output = "{}") {
  return *parse_json(
      R"({"components":{"schemas":{"Input":{"properties":{"x":)" + property + R"(}},"Output":)" +
      output +
      R"(}},"paths":{"/predictions":{"post":{"responses":{"200":{"content":{"application/json":)"
      R"({"schema":{"properties":{"output":{"$ref":"#/components/schemas/Output"}}}}}}}}}}})");
}

Input only_input(const std::string& property) {
  const Result<Signature> signature = signature_of(document_with(property), "/predictions");
  REQUIRE(signature.ok());
  REQUIRE(signature->inputs.size() == 1);
  return signature->inputs.front();
}

TEST_CASE("a document read back gives the same document") {
  const Json signatures = fixture("signatures.json");
  for (const auto& [model, json] : signatures.items()) {
    INFO("model " << model);
    const Json document(openapi_document(signature_from_json(json).value()));
    CHECK(lists_inputs(document, "/predictions"));
    const Result<Signature> signature = signature_of(document, "/predictions");
    REQUIRE(signature.ok());
    CHECK(to_text(Json(openapi_document(*signature))) == to_text(document));
  }
}

TEST_CASE("trainings have inputs of their own") {
  const Result<Json> document = parse_json(fixture_text("openapi/train.json"));
  REQUIRE(document.ok());
  CHECK(signature_of(*document, "/predictions")->inputs.front().name == "text");
  const Result<Signature> training = signature_of(*document, "/trainings");
  REQUIRE(training.ok());
  CHECK(training->inputs.size() == 2);
  CHECK(training->inputs.front().name == "n");
  CHECK(training->inputs.back().default_value == Json("L"));
}

TEST_CASE("what older documents leave out") {
  CHECK(only_input(R"({"type":"string"})").type.optional);
  const Input any = only_input("{}");
  CHECK(any.type.kind == Kind::kUnion);
  const Input nullable = only_input(R"({"anyOf":[{"type":"integer"},{"type":"null"}]})");
  CHECK(nullable.type.kind == Kind::kInteger);
  CHECK(nullable.type.optional);
  // An input is required where the document says so, whatever its type.
  CHECK_FALSE(any.is_required());
  CHECK_FALSE(nullable.is_required());
  CHECK_FALSE(lists_inputs(Json::object(), "/predictions"));
  const auto nothing = signature_of(Json::object(), "/predictions");
  REQUIRE_FALSE(nothing.ok());
  CHECK(nothing.error().message ==
        "invalid OpenAPI schema: missing output definition for /predictions");
}

TEST_CASE("documents that lead in circles or are of the wrong kind are read all the same") {
  CHECK(only_input(R"({"$ref":"#/components/schemas/Input/properties/x"})").type.kind ==
        Kind::kUnion);
  const std::string itself = R"({"$ref":"#/components/schemas/Input/properties/x"})";
  CHECK(only_input(R"({"anyOf":[)" + itself + "," + itself + "]}").type.items.size() == 2);
  CHECK(only_input(R"({"type":"array","items":{"$ref":"#/components/schemas/Input/properties/x"}})")
            .type.kind == Kind::kArray);
  for (const char* odd : {"3", "[]", "null", R"({"$ref":7})", R"({"type":["string"]})",
                          R"({"allOf":[]})", R"({"enum":4,"minimum":"x","pattern":1})"}) {
    INFO(odd);
    CHECK(only_input(odd).choices.empty());
  }
  CHECK(
      signature_of(document_with("{}", R"({"x-cog-array-type":"iterator"})"), "/predictions").ok());
}

}  // namespace
}  // namespace cogpp::schema
