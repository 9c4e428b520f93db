#include "cli/engine/model.hpp"

#include <algorithm>

#include "cli/image/labels.hpp"
#include "schema/openapi_reader.hpp"

// Labels are whatever the image's maker wrote: read with care, never trusted.
namespace cogpp::cli {
namespace {

const std::string* label_of(const ImageInfo& info, const char* name, const char* old_name) {
  auto label = info.labels.find(name);
  if (label == info.labels.end()) label = info.labels.find(old_name);
  return label == info.labels.end() ? nullptr : &label->second;
}

bool wants_gpu(const Json& config) {
  if (!config.is_object() || !config.contains("build")) return false;
  const Json& build = config.at("build");
  return build.is_object() && build.value("gpu", Json()) == true;
}

std::vector<ImageWeight> weights_of(const Json& config) {
  std::vector<ImageWeight> weights;
  if (!config.is_object()) return weights;
  for (const Json& weight : config.value("weights", Json::array())) {
    if (!weight.is_object()) continue;
    const Json name = weight.value("name", Json());
    const Json target = weight.value("target", Json());
    if (name.is_string() && target.is_string()) weights.push_back({name, target});
  }
  return weights;
}

}  // namespace

Result<ImageModel> read_model(const std::string& image, const ImageInfo& info) {
  const std::string* config = label_of(info, kConfigLabel, kOldConfigLabel);
  if (config == nullptr) return Error{"image " + image + ": image is not a Cog model"};
  const Result<Json> parsed = parse_json(*config);
  if (!parsed) {
    return Error{"image " + image + ": its label " + kConfigLabel +
                 " is not JSON: " + parsed.error().message};
  }
  ImageModel model{.image = image,
                   .gpu = wants_gpu(*parsed),
                   .command = info.command,
                   .environment = info.environment};
  model.weights = weights_of(*parsed);
  model.trains = parsed->is_object() && parsed->value("train", Json()).is_string();
  const std::string* document = label_of(info, kSchemaLabel, kOldSchemaLabel);
  if (document == nullptr) return model;
  Result<Json> schema = parse_json(*document);
  if (!schema || !schema->is_object()) return model;
  model.trains = model.trains || schema::signature_of(*schema, "/trainings").ok();
  model.document = std::move(*schema);
  return model;
}

Result<ImageModel> find_model(const Engine& engine, const std::string& image, Context& context) {
  const Result<std::optional<ImageInfo>> info = fetch_image(engine, image, context);
  if (!info) return info.error();
  if (!*info) return Error{"image " + image + ": image not found"};
  return read_model(image, **info);
}

std::vector<std::string> server_command(const ImageModel& model,
                                        const std::vector<std::string>& flags, bool on_cpu) {
  std::vector<std::string> words = model.command;
  const auto worker = std::find(words.begin(), words.end(), "--");
  const auto device = std::find(worker, words.end(), "--device");
  if (on_cpu && device != words.end() && device + 1 != words.end()) *(device + 1) = "cpu";
  words.insert(worker, flags.begin(), flags.end());
  if (words == model.command) words.clear();
  return words;
}

}  // namespace cogpp::cli
