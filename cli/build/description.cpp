#include "cli/build/description.hpp"

#include <cctype>
#include <string_view>
#include <utility>

#include "schema/json.hpp"

// Only what cogpp's own programs wrote is read here.
namespace cogpp::cli {
namespace {

/// What a macro's argument calls a class or function within its namespace: "Predictor" of
/// "models::Predictor<float>".
std::string unqualified(std::string_view argument) {
  std::string name;
  bool ended = false;
  int nested = 0;
  for (const char c : argument) {
    nested += (c == '<') - (c == '>');
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c < 0;
    if (nested == 0 && letter) {
      if (std::exchange(ended, false)) name.clear();
      name += c;
    } else {
      ended = true;
    }
  }
  return name;
}

/// `named` is cog.yaml's; `argument` is the macro's, empty if it is not known.
bool same_name(const std::string& named, const std::string& argument) {
  const auto colons = named.rfind("::");
  return argument.empty() || named == argument ||
         (colons == std::string::npos ? named : named.substr(colons + 2)) == unqualified(argument);
}

Error other_name(const Project& project, const std::string& key,
                 const schema::PredictorReference& reference, const std::string& macro,
                 const std::string& argument) {
  const std::string name = unqualified(argument);
  return Error{project.file.string() + " names " + quoted(reference.name) +
               ", but the source has " + macro + "(" + argument + ", ...). Write " + key + ": " +
               reference.file + ":" + name + " there, or name " + quoted(reference.name) + " in " +
               macro};
}

}  // namespace

Result<Description> parse_description(const std::string& text) {
  const Result<Json> json = parse_json(text);
  if (!json) return json.error();
  Result<schema::Signature> signature = schema::signature_from_json(*json);
  if (!signature) return signature.error();
  Description description{.signature = std::move(*signature), .name = json->value("name", "")};
  if (const auto training = json->find("training");
      training != json->end() && training->is_object()) {
    Result<schema::Signature> read = schema::signature_from_json(*training);
    if (!read) return read.error().within("the training");
    description.training = std::move(*read);
    description.training_name = training->value("name", "");
  }
  if (const auto most = json->find("concurrency");
      most != json->end() && most->is_number_integer()) {
    description.concurrency = most->get<int>();
  }
  const auto asynchronous = json->find("async");
  description.is_async = asynchronous != json->end() && *asynchronous == true;
  for (const Json& warning : json->value("warnings", Json::array())) {
    if (warning.is_string()) description.warnings.push_back(warning);
  }
  return description;
}

Status check_names(const Project& project, const Description& description) {
  const schema::PredictorReference predictor = project.config.predictor();
  if (!same_name(predictor.name, description.name)) {
    return other_name(project, project.config.run.empty() ? "predict" : "run", predictor,
                      "COGPP_PREDICTOR", description.name);
  }
  if (project.train.empty()) return {};
  if (!description.training) {
    return Error{project.file.string() + " names the training " + project.train + ", but " +
                 (project.kind == PredictorKind::kModelFile
                      ? "a model file cannot be trained"
                      : "no COGPP_TRAINER(...) stands in the predictor's source")};
  }
  const schema::PredictorReference trainer = project.config.trainer();
  if (same_name(trainer.name, description.training_name)) return {};
  return other_name(project, "train", trainer, "COGPP_TRAINER", description.training_name);
}

}  // namespace cogpp::cli
