// Derives the OpenAPI document from a signature, and the rest from the document.
#include "runtime/server/predictions/model.hpp"

#include <utility>

#include "schema/file_inputs.hpp"
#include "schema/json_members.hpp"
#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

std::optional<schema::InputValidator> validator_if_usable(const Json& document,
                                                          const std::string& component,
                                                          std::string& problem) {
  auto validator = schema::InputValidator::create(document, component);
  if (validator) return std::move(*validator);
  problem = validator.error().message;
  return std::nullopt;
}

/// What a given document says.
void take_document(Model& model, const Json& document, RunMode mode) {
  if (document.is_null()) return;
  model.openapi = to_text(document);
  const Json& schemas = part_of(part_of(document, "components"), "schemas");
  model.describes_training = schemas.contains("TrainingInput");
  if (schemas.contains("Input") || !model.describes_training) {
    model.validator = validator_if_usable(document, "Input", model.unchecked);
  }
  if (model.describes_training) {
    model.training_validator = validator_if_usable(document, "TrainingInput", model.unchecked);
  }
  const Json& path = part_of(part_of(document, "paths"), "/predictions");
  model.streaming = part_of(part_of(path, "post"), "x-cog-streaming") == true;
  // cog-runtime §3.7
  const Json& output = part_of(schemas, mode == RunMode::kTrain ? "TrainingOutput" : "Output");
  model.array_output = part_of(output, "type") == "array";
}

/// What the worker's hello says.
Status take_signatures(Model& model, const schema::Signature& predictor,
                       const std::optional<schema::Signature>& training) {
  auto parsed = parse_json(to_text(schema::openapi_document(predictor, training)));
  if (!parsed) return parsed.error().within("the OpenAPI document");
  model.openapi = to_text(*parsed);
  auto validator = schema::InputValidator::create(*parsed, "Input");
  if (!validator) return validator.error().within("the predictor's input schema");
  model.validator = std::move(*validator);
  model.streaming = predictor.streaming;
  model.array_output = model.signature.mode != schema::OutputMode::kValue ||
                       model.signature.output.kind == schema::Kind::kArray;
  if (!training) return {};
  auto made = schema::InputValidator::create(*parsed, "TrainingInput");
  if (!made) return made.error().within("the training's input schema");
  model.training_validator = std::move(*made);
  model.describes_training = true;
  return {};
}

}  // namespace

const schema::InputValidator* Model::validator_of(bool training_request) const {
  const auto& chosen = training_request && describes_training ? training_validator : validator;
  return chosen ? &*chosen : nullptr;
}

Result<std::shared_ptr<const Model>> Model::create(const schema::Signature& predictor,
                                                   const std::optional<schema::Signature>& training,
                                                   RunMode mode, const GivenDocument& given) {
  if (mode == RunMode::kTrain && !training) {
    return Error{"the model cannot be trained; name its training in cog.yaml (train:)"};
  }
  auto model = std::make_shared<Model>();
  model->signature = mode == RunMode::kTrain ? *training : predictor;
  model->takes_files = schema::takes_files(model->signature);
  if (given) {
    take_document(*model, *given, mode);
  } else if (const Status taken = take_signatures(*model, predictor, training); !taken) {
    return taken.error();
  }
  return std::shared_ptr<const Model>(std::move(model));
}

}  // namespace cogpp::server
