// Derives the OpenAPI document and the validator from a signature.
#include "runtime/server/predictions/model.hpp"

#include <algorithm>
#include <utility>

#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

bool holds_file(const schema::Type& type) {
  return type.kind == schema::Kind::kPath ||
         std::any_of(type.items.begin(), type.items.end(), holds_file);
}

}  // namespace

Result<std::shared_ptr<const Model>> Model::create(schema::Signature predictor,
                                                   std::optional<schema::Signature> training,
                                                   RunMode mode) {
  if (mode == RunMode::kTrain && !training) {
    return Error{"the model cannot be trained; name its training in cog.yaml (train:)"};
  }
  auto parsed = parse_json(to_text(schema::openapi_document(predictor, training)));
  if (!parsed) return parsed.error().within("the OpenAPI document");
  const Json document = std::move(*parsed);
  auto validator = schema::InputValidator::create(document, "Input");
  if (!validator) return validator.error().within("the predictor's input schema");
  std::optional<schema::InputValidator> training_validator;
  if (training) {
    auto made = schema::InputValidator::create(document, "TrainingInput");
    if (!made) return made.error().within("the training's input schema");
    training_validator = std::move(*made);
  }
  const bool streaming = predictor.streaming;
  auto& signature = mode == RunMode::kTrain ? *training : predictor;
  const bool array =
      signature.mode != schema::OutputMode::kValue || signature.output.kind == schema::Kind::kArray;
  const bool files = std::any_of(signature.inputs.begin(), signature.inputs.end(),
                                 [](const schema::Input& input) { return holds_file(input.type); });
  return std::shared_ptr<const Model>(new Model{.signature = std::move(signature),
                                                .openapi = to_text(document),
                                                .validator = std::move(*validator),
                                                .training_validator = std::move(training_validator),
                                                .streaming = streaming,
                                                .array_output = array,
                                                .takes_files = files});
}

}  // namespace cogpp::server
