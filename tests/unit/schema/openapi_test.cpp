// Documents against those that Cog's own generator made.
#include "schema/openapi.hpp"

#include <catch2/catch_test_macros.hpp>

#include "tests/unit/schema/fixtures.hpp"

namespace cogpp::schema {
namespace {

using tests::fixture;
using tests::fixture_text;

TEST_CASE("documents equal those of Cog's generator byte for byte") {
  const Json signatures = fixture("signatures.json");
  CHECK(signatures.size() == 28);
  for (const auto& [model, json] : signatures.items()) {
    INFO("model " << model);
    const Result<Signature> signature = signature_from_json(json);
    REQUIRE(signature.ok());
    CHECK(check(*signature).ok());
    CHECK(to_text(openapi_document(*signature)) == fixture_text("openapi/" + model + ".json"));
  }
}

TEST_CASE("the example is served with sorted keys") {
  const Json signatures = fixture("signatures.json");
  const OrderedJson document = openapi_document(signature_from_json(signatures["example"]).value());
  CHECK(to_text(document) == fixture_text("openapi/example.build.json"));
  CHECK(to_text(Json(document)) == fixture_text("openapi/example.runtime.json"));
}

TEST_CASE("a document with trainings equals the merged one of Cog's generator") {
  Signature prediction;
  prediction.inputs.push_back({.name = "text"});
  Signature training;
  training.inputs.push_back({.name = "n", .type = {.kind = Kind::kInteger}, .ge = 1});
  training.inputs.push_back({.name = "label", .default_value = "L"});
  CHECK(openapi_file_text(prediction, training) == fixture_text("openapi/train.json"));
}

TEST_CASE("a component that predictions and trainings share is the prediction's") {
  Signature prediction;
  prediction.inputs.push_back({.name = "style", .choices = {"a", "b"}});
  Signature training;
  training.inputs.push_back({.name = "style", .choices = {"c"}});
  const OrderedJson document = openapi_document(prediction, training);
  CHECK(to_text(document["components"]["schemas"]["style"]["enum"]) == R"(["a","b"])");
}

TEST_CASE("the file's text is escaped as Go escapes it") {
  Signature signature;
  signature.inputs.push_back({.name = "s", .description = "a<b> & \u2028c"});
  CHECK(openapi_file_text(signature).find(R"("a\u003cb\u003e \u0026 \u2028c")") !=
        std::string::npos);
  CHECK(openapi_file_text(signature).find("a<b>") == std::string::npos);
}

TEST_CASE("types that only C++ predictors have are described, too") {
  Type point{.kind = Kind::kStruct};
  point.fields.push_back({"x_pos", Type{.kind = Kind::kNumber}, std::nullopt, "Column"});
  point.fields.push_back({"tag", Type{.kind = Kind::kString, .optional = true}, std::nullopt, ""});
  Signature signature;
  signature.inputs.push_back({.name = "points", .type = {.kind = Kind::kArray, .items = {point}}});
  signature.output = Type{.kind = Kind::kMap, .items = {Type{.kind = Kind::kInteger}}};
  const OrderedJson document = openapi_document(signature);
  const OrderedJson& schemas = document["components"]["schemas"];
  CHECK(
      to_text(schemas["Input"]["properties"]["points"]) ==
      R"({"items":{"properties":{"x_pos":{"description":"Column","title":"X Pos","type":"number"},)"
      R"("tag":{"nullable":true,"title":"Tag","type":"string"}},"required":["x_pos"],)"
      R"("type":"object"},"title":"Points","type":"array","x-order":0})");
  CHECK(to_text(schemas["Output"]) ==
        R"({"additionalProperties":{"type":"integer"},"title":"Output","type":"object"})");
}

TEST_CASE("an enumeration has the type of its input, or of a list's elements") {
  const auto type_of = [](Type type, Json choice) {
    Signature signature;
    signature.inputs.push_back({.name = "x", .type = std::move(type), .choices = {choice}});
    return openapi_document(signature)["components"]["schemas"]["x"]["type"].get<std::string>();
  };
  CHECK(type_of({.kind = Kind::kInteger}, 1) == "integer");
  CHECK(type_of({.kind = Kind::kNumber}, 0.5) == "number");
  CHECK(type_of({.kind = Kind::kArray, .items = {{.kind = Kind::kString}}}, "a") == "string");
  CHECK(type_of({.kind = Kind::kUnion, .items = {{}, {}}}, "a") == "object");
}

TEST_CASE("limits are written as Go writes numbers") {
  Signature signature;
  signature.inputs.push_back(
      {.name = "f", .type = {.kind = Kind::kNumber}, .default_value = 2.0, .ge = -1.0, .le = 0.5});
  const OrderedJson document = openapi_document(signature);
  CHECK(to_text(document["components"]["schemas"]["Input"]["properties"]["f"]) ==
        R"({"default":2,"maximum":0.5,"minimum":-1,"title":"F","type":"number","x-order":0})");
}

}  // namespace
}  // namespace cogpp::schema
