// The image has a name of its own, so that one with the sources keeps the project's; it is
// run by its id, which another build cannot take away.
#include "cli/commands/source_run.hpp"

#include <unistd.h>

#include <utility>

#include "cli/build/python_project.hpp"
#include "cli/commands/image_weights.hpp"
#include "cli/commands/launch.hpp"
#include "cli/dockerfile/plan.hpp"
#include "cli/dockerfile/project_image.hpp"
#include "cli/engine/owner.hpp"
#include "cli/registry/reference.hpp"
#include "cli/weights/drift.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kSourceTarget = "/src";

ImageOptions source_options(const Project& project, const ContainerOptions& container,
                            SourceImage wanted) {
  ImageOptions options = container.build;
  options.source = false;
  options.predictor = wanted == SourceImage::kModel;
  std::string name = directory_image_name(project);
  if (!is_repository(name)) name = "cog-model";  // run by its id anyway
  options.tag = name + (options.predictor ? ":source" : ":environment");
  return options;
}

/// The sources, and as Cog in all but `exec` the weights.
Status add_mounts(const Project& project, SourceImage wanted, ImageRun& run) {
  run.mounts = {{.source = project.directory, .target = kSourceTarget}};
  if (wanted == SourceImage::kEnvironment || project.config.weights.empty()) return {};
  const Result<std::optional<WeightsLock>> lock = read_lock(project.directory);
  if (!lock) return lock.error();
  if (const Status same = check_weights_lock(project.config.weights, *lock); !same) return same;
  return mount_weights(run, (*lock)->weights, state_directory(project));
}

/// Images without Python run as a user of their own, who may not read the project's files.
void run_as_caller(ImageRun& run) {
  run.user = std::to_string(::getuid()) + ":" + std::to_string(::getgid());
  run.environment = {"HOME=/tmp"};
}

}  // namespace

Result<ImageRun> prepare_sources(const Project& project, const ContainerOptions& options,
                                 SourceImage wanted, Context& context) {
  ImageRun run;
  if (const Status mounted = add_mounts(project, wanted, run); !mounted) return mounted.error();
  Result<Engine> engine = prepare_engine(options, context);
  if (!engine) return engine.error();
  run.engine = std::move(*engine);
  const std::string file = project.file.filename().string();
  if (!engine_is_local(run.engine)) {
    context.console.warn("the engine runs on " + engine_host(run.engine) + ": " +
                         project.directory.string() + " must be there, too");
  }
  Result<std::string> gpus = choose_gpus(options.gpus, project.gpu, file, run.engine, context);
  if (!gpus) return gpus.error();
  run.gpus = std::move(*gpus);
  if (project.kind != PredictorKind::kPython) run_as_caller(run);

  context.console.info("Building Docker image from environment in " + file + "...");
  context.console.info("");
  const Result<ProjectImage> built =
      build_project_image(project, source_options(project, options, wanted), run.engine, context);
  if (!built) return built.error();
  if (wanted == SourceImage::kModel) {
    Result<ImageModel> model = read_model(built->name, built->info);
    if (!model) return model.error();
    run.model = std::move(*model);
  }
  run.model.image = built->info.id;
  return run;
}

void tell_command(const std::vector<std::string>& words, Console& console) {
  std::string shown;
  for (const std::string& word : words) shown += word + " ";
  console.info("Running " + shown + "in Docker with the current directory mounted as a volume...");
}

Status run_source_request(const Project& project, const RunOptions& options,
                          const ContainerOptions& container, ImageRequest request,
                          Context& context) {
  const bool training = request.path == "/trainings";
  if (project.kind == PredictorKind::kPython) {
    Result<Description> description = describe_sources(project, given_schema(), context);
    if (!description) return description.error();
    const Status runs = training ? check_trains(project, *description) : Status{};
    if (!runs) return runs;
    Result<PreparedRequest> prepared = prepare_request(
        training ? std::move(*description->training) : std::move(description->signature), request);
    if (!prepared) return prepared.error();
    request.prepared = std::move(*prepared);
  }
  const Result<ImageRun> run = prepare_sources(project, container, SourceImage::kModel, context);
  if (!run) return run.error();
  if (training && !run->model.trains) return no_training(project);
  return run_image_request(*run, options, request, context);
}

}  // namespace cogpp::cli
