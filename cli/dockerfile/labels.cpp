#include "cli/dockerfile/labels.hpp"

#include <algorithm>
#include <optional>

#include "cli/dockerfile/writer.hpp"
#include "cli/image/labels.hpp"
#include "cli/support/process.hpp"
#include "schema/environment.hpp"
#include "schema/json.hpp"
#include "schema/openapi.hpp"

// Cog reads the configuration back into its own types: what is absent or empty is left out.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

void put(OrderedJson& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

void put(OrderedJson& object, const char* name, const std::vector<std::string>& values) {
  if (!values.empty()) object[name] = values;
}

OrderedJson command_json(const schema::BuildCommand& command) {
  OrderedJson json = {{"command", command.command}};
  for (const schema::BuildMount& mount : command.mounts) {
    json["mounts"].push_back(
        OrderedJson{{"type", mount.type}, {"id", mount.id}, {"target", mount.target}});
  }
  return json;
}

OrderedJson build_json(const schema::BuildConfig& build, const ImageFacts& facts) {
  OrderedJson json = OrderedJson::object();
  if (build.gpu) json["gpu"] = true;
  put(json, "python_version", build.python_version);
  put(json, "python_requirements", build.python_requirements);
  put(json, "python_packages", build.python_packages);
  for (const schema::BuildCommand& command : build.run)
    json["run"].push_back(command_json(command));
  put(json, "system_packages", build.system_packages);
  put(json, "pre_install", build.pre_install);
  put(json, "cuda", facts.cuda.empty() ? build.cuda : facts.cuda);
  put(json, "cudnn", facts.cudnn.empty() ? build.cudnn : facts.cudnn);
  put(json, "sdk_version", build.sdk_version);
  return json;
}

OrderedJson weights_json(const std::vector<schema::WeightConfig>& weights) {
  OrderedJson list = OrderedJson::array();
  for (const schema::WeightConfig& weight : weights) {
    OrderedJson sources = OrderedJson::array();
    for (const schema::WeightSource& source : weight.sources) {
      OrderedJson json = {{"uri", source.uri}};
      put(json, "include", source.include);
      put(json, "exclude", source.exclude);
      sources.push_back(std::move(json));
    }
    const bool one = !weight.listed && sources.size() == 1;
    list.push_back(OrderedJson{{"name", weight.name},
                               {"target", weight.target},
                               {"source", one ? sources.front() : sources}});
  }
  return list;
}

/// What git prints; empty where it cannot tell.
Result<std::string> ask_git(const fs::path& directory, std::vector<std::string> arguments,
                            Context& context) {
  const std::optional<fs::path> git = find_program("git");
  if (!git) return std::string();
  const Result<Finished> finished =
      run({.program = *git, .arguments = std::move(arguments), .directory = directory},
          context.interrupt, context.console);
  if (!finished && finished.error() == interrupted()) return finished.error();
  if (!finished || finished->status != 0) return std::string();
  return finished->output.substr(0, finished->output.find('\n'));
}

const char* kind_name(PredictorKind kind) {
  switch (kind) {
    case PredictorKind::kModelFile:
      return "model";
    case PredictorKind::kPython:
      return "python";
    case PredictorKind::kCpp:
      break;
  }
  return "cpp";
}

/// Builders refuse lines of 64 KiB, and their time grows with the square of a string's length.
constexpr std::size_t kLongestPiece = 4096;

/// Strings that follow one another without a space are one, so each has a line.
std::string label_value(std::string_view value) {
  std::string text = "\"";
  std::size_t begin = 0;
  for (const char c : value) {
    const bool begins_character = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (text.size() - begin >= kLongestPiece && begins_character) {
      text += "\"\\\n\"";
      begin = text.size();
    }
    if (c == '\n') {
      text += "${COGPP_LINE_BREAK}";
    } else {
      append_escaped(text, c);
    }
  }
  return text + "\"";
}

}  // namespace

std::string label_instructions(const Labels& labels) {
  std::string text = "ARG COGPP_LINE_BREAK\n";
  for (const auto& [name, value] : labels) {
    text += "LABEL " + name + "=" + label_value(value) + "\n";
  }
  return text;
}

std::string config_label(const Project& project, const ImageFacts& facts) {
  const schema::Config& config = project.config;
  OrderedJson json = OrderedJson::object();
  if (config.build) json["build"] = build_json(*config.build, facts);
  put(json, "image", config.image);
  put(json, "model", config.model);
  put(json, "predict", config.run.empty() ? config.predict : config.run);
  put(json, "train", config.train);
  if (facts.concurrency > 1) json["concurrency"] = OrderedJson{{"max", facts.concurrency}};
  put(json, "environment", config.environment);
  if (!config.weights.empty()) json["weights"] = weights_json(config.weights);
  return to_text(json);
}

Labels image_labels(const Project& project, const ImageFacts& facts) {
  Labels labels = {{"run.cog.version", schema::kCogVersion},
                   {kConfigLabel, config_label(project, facts)},
                   {"run.cog.pip_freeze", facts.pip_freeze},
                   {"run.cog.has_init", "true"},
                   {"run.cogpp.version", COGPP_VERSION},
                   {"run.cogpp.predictor", kind_name(project.kind)},
                   {"run.cogpp.device", project.gpu ? "cuda" : "cpu"},
                   {"run.cogpp.sbom", kSbomPath}};
  if (!facts.openapi.empty()) labels.emplace_back(kSchemaLabel, facts.openapi);
  if (!facts.libtorch.empty()) labels.emplace_back(kTorchLabel, facts.libtorch);
  if (!facts.cuda.empty()) labels.emplace_back(kCudaLabel, facts.cuda);
  if (!facts.base.empty()) labels.emplace_back(kBaseLabel, facts.base);
  if (!facts.base_layers.empty()) {
    labels.emplace_back(kCogBaseLabel, facts.base);
    labels.emplace_back("run.cog.cog-base-image-last-layer-sha", facts.base_layers.back());
    labels.emplace_back("run.cog.cog-base-image-last-layer-idx",
                        std::to_string(facts.base_layers.size() - 1));
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

Status add_source_labels(Labels& labels, const fs::path& project, Context& context) {
  Result<std::string> revision = environment_variable("GITHUB_SHA");
  if (revision->empty()) revision = ask_git(project, {"rev-parse", "HEAD"}, context);
  if (!revision) return revision.error();
  Result<std::string> version = environment_variable("GITHUB_REF_NAME");
  if (version->empty()) version = ask_git(project, {"describe", "--tags", "--dirty"}, context);
  if (!version) return version.error();
  if (!revision->empty()) labels.emplace_back("org.opencontainers.image.revision", *revision);
  if (!version->empty()) labels.emplace_back("org.opencontainers.image.version", *version);
  return {};
}

}  // namespace cogpp::cli
