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
