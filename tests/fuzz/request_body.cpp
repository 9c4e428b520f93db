// The body of a prediction: read as Cog reads it, then checked against a model with an
// input of every kind.
#include <variant>

#include "runtime/server/http/request.hpp"
#include "schema/openapi.hpp"
#include "schema/validation.hpp"
#include "tests/fuzz/target.hpp"

namespace schema = cogpp::schema;
namespace server = cogpp::server;

namespace {

/// Bounds, patterns of both engines, choices, lists, files.
constexpr const char* kSignature = R"({"inputs":[
  {"name":"text","type":{"kind":"string"},"min_length":1,"max_length":20,"regex":"^[a-z ]+$"},
  {"name":"look","type":{"kind":"string"},"regex":"^(?=a).*(?<!b)$","default":"a"},
  {"name":"count","type":{"kind":"integer"},"ge":0,"le":100,"default":1},
  {"name":"ratio","type":{"kind":"number"},"ge":0.5,"default":1.0},
  {"name":"flag","type":{"kind":"boolean"},"default":false},
  {"name":"style","type":{"kind":"string"},"choices":["a","b"],"default":"a"},
  {"name":"file","type":{"kind":"path","optional":true}},
  {"name":"list","type":{"kind":"array","items":[{"kind":"integer"}]},"default":[]}],
  "output":{"kind":"string"},"mode":"value"})";

const schema::InputValidator& validator() {
  static const schema::InputValidator validator = [] {
    auto signature = schema::signature_from_json(*cogpp::parse_json(kSignature));
    must(signature.ok());
    const cogpp::Json document(schema::openapi_document(*signature));
    auto made = schema::InputValidator::create(document, "Input");
    must(made.ok());
    return std::move(*made);
  }();
  return validator;
}

}  // namespace

FUZZ_TARGET(bytes) {
  auto parsed = server::parse_prediction_request(bytes);
  if (const auto* rejection = std::get_if<server::Rejection>(&parsed)) {
    must((rejection->status == 400 || rejection->status == 422) && !rejection->text.empty());
    return;
  }
  auto& request = std::get<server::PredictionRequest>(parsed);
  // What was read can be written, and read again as the same.
  const auto text = cogpp::to_text(request.input);
  const auto again = cogpp::parse_json(text);
  must(again.ok() && cogpp::to_text(*again) == text);
  const auto errors = validator().apply(request.input);
  if (!errors.empty()) must(cogpp::parse_json(cogpp::to_text(schema::error_body(errors))).ok());
}
