// schema/config reads the file; here it becomes what the commands need.
#include "cli/support/project.hpp"

#include <algorithm>

#include "cli/support/program.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

std::optional<PredictorKind> kind_of(schema::PredictorKind kind) {
  switch (kind) {
    case schema::PredictorKind::kCpp:
      return PredictorKind::kCpp;
    case schema::PredictorKind::kModelFile:
      return PredictorKind::kModelFile;
    case schema::PredictorKind::kPython:
      return PredictorKind::kPython;
    case schema::PredictorKind::kNone:
      break;
  }
  return std::nullopt;
}

PythonNeeds python_needs(const schema::Config& config) {
  if (!config.build) return {};
  const schema::BuildConfig& build = *config.build;
  return {.version = build.python_version,
          .requirements = build.python_requirements,
          .packages = build.python_packages,
          .sdk_version = build.sdk_version};
}

}  // namespace

schema::ConfigOptions config_options(const ProjectChoice& choice) {
  return {.file_name = choice.file, .strict = choice.strict, .as_cog = called_cog()};
}

Result<Project> load_project(const ProjectChoice& choice) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  if (error) return Error{"the current directory cannot be read: " + error.message()};
  Result<schema::LoadedConfig> loaded = schema::load_config(start, config_options(choice));
  if (!loaded) return loaded.error();
  schema::Config& config = loaded->config;
  schema::PredictorReference reference = config.predictor();
  const bool trains_only = reference.kind == schema::PredictorKind::kNone &&
                           config.trainer().kind == schema::PredictorKind::kPython;
  if (trains_only) reference = config.trainer();
  const std::optional<PredictorKind> kind = kind_of(reference.kind);
  const fs::path directory = fs::absolute(loaded->directory).lexically_normal();
  if (!kind) {
    return loaded->error((directory / choice.file).string() +
                         " does not say what to run. Add, for example: " +
                         (called_cog() ? "run: run.py:Runner" : "predict: predict.cpp:Predictor"));
  }
  Project project{.directory = directory,
                  .file = directory / choice.file,
                  .kind = *kind,
                  .source = reference.file,
                  .class_name = reference.name,
                  .train = config.train,
                  .trains_only = trains_only,
                  .gpu = config.gpu(),
                  .tensors = config.tensors ? to_text(*config.tensors) : "",
                  .concurrency = static_cast<int>(
                      std::clamp<std::int64_t>(config.max_concurrency(), 1, kMostSlots)),
                  .environment = config.environment,
                  .warnings = std::move(loaded->warnings),
                  .python = python_needs(config)};
  if (*kind == PredictorKind::kPython) project.deprecations = std::move(loaded->deprecations);
  project.config = std::move(config);
  return project;
}

Result<Project> open_project(const ProjectChoice& choice, Console& console) {
  Result<Project> project = load_project(choice);
  if (!project) return project;
  for (const std::string& warning : project->warnings) console.warn(warning);
  if (!called_cog()) return project;
  for (const schema::Deprecation& old : project->deprecations) console.warn(old.text());
  return project;
}

void warn_of_image_steps(const Project& project, Console& console) {
  const schema::BuildConfig build = project.config.build.value_or(schema::BuildConfig{});
  if (build.system_packages.empty() && build.run.empty() && build.pre_install.empty()) return;
  console.warn(
      "build.system_packages, build.run and build.pre_install are steps of an image and are not "
      "run here; what they provide must be on this machine");
}

fs::path state_directory(const Project& project) { return project.directory / ".cog"; }

}  // namespace cogpp::cli
