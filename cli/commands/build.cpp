// cogpp build: the project's image, by a container engine.
#include "cli/commands/commands.hpp"
#include "cli/commands/daemonless.hpp"
#include "cli/commands/engine_build.hpp"
#include "cli/dockerfile/plan.hpp"
#include "cli/weights/drift.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

/// `build --json`.
std::string image_json(const ProjectImage& image) {
  OrderedJson json = {{"image", image.name},
                      {"digest", image.info.id},
                      {"size", image.info.size},
                      {"layers", OrderedJson::array()}};
  for (const std::string& layer : image.info.layers) json["layers"].push_back(layer);
  return indented_text(json) + "\n";
}

}  // namespace

Result<ProjectImage> build_with_engine(const BuildImageOptions& options, const Engine& engine,
                                       Context& context) {
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  if (Status same = check_weights_lock(project->config.weights, project->directory); !same) {
    return same.error();
  }
  if (const Status named = check_image_name(*project, options.image); !named) return named.error();
  context.console.info("Building Docker image from environment in " + options.project.file +
                       " as " + image_name(*project, options.image) + "...");
  context.console.info("");
  Result<ProjectImage> image = build_project_image(*project, options.image, engine, context);
  if (image) context.console.info("");
  return image;
}

Status run_build(const BuildImageOptions& options, Context& context) {
  if (Status valid = check_image_options(options.image, options.project); !valid) {
    return valid;
  }
  if (!options.image.output.empty()) return build_without_engine(options, context);
  if (!options.build.torch.empty() || options.image.plain_http) {
    return Error{"--torch and --plain-http belong to --output: an engine compiles in its image"};
  }
  const Result<Engine> engine = find_engine(options.image.engine, EngineUse::kBuild, context);
  if (!engine) return engine.error();
  const Result<ProjectImage> image = build_with_engine(options, *engine, context);
  if (!image) return image.error();
  context.console.success("Image built as " + image->name);
  return options.json ? print(image_json(*image)) : Status{};
}

}  // namespace cogpp::cli
