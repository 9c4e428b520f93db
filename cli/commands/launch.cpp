#include "cli/commands/launch.hpp"

#include <cstdlib>

#include "cli/support/program.hpp"
#include "cli/support/serve_state.hpp"
#include "cli/weights/drift.hpp"

// The key covers everything that set-up sees, so that predict uses a running server
// only when it would start the very same one.
namespace cogpp::cli {

std::string choose_device(const std::string& asked, bool gpu) {
  if (!asked.empty()) return asked;
  return gpu ? "cuda" : "cpu";
}

Result<std::vector<std::string>> expand_environment(const std::vector<std::string>& variables) {
  std::vector<std::string> expanded;
  for (const std::string& variable : variables) {
    const auto equals = variable.find('=');
    if (equals == 0 || variable.empty()) {
      return Error{"invalid environment variable '" + variable + "', expected NAME=value"};
    }
    if (equals != std::string::npos) {
      expanded.push_back(variable);
    } else if (const char* value = std::getenv(variable.c_str())) {
      expanded.push_back(variable + "=" + value);
    }
  }
  return expanded;
}

Result<Launch> prepare_launch(const RunOptions& options, Context& context) {
  Result<std::vector<std::string>> given = expand_environment(options.environment);
  if (!given) return given.error();
  Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  if (Status same = check_weights_lock(project->config.weights, project->directory); !same) {
    return same.error();
  }
  Result<Predictor> predictor = build_predictor(*project, options.build, context);
  if (!predictor) return predictor.error();
  Launch launch{.project = std::move(*project),
                .predictor = std::move(*predictor),
                .device = {},
                .environment = {},
                .key = {}};
  launch.device = choose_device(options.device, launch.project.gpu);
  launch.environment = launch.predictor.loading.environment;
  launch.environment.insert(launch.environment.end(), launch.project.environment.begin(),
                            launch.project.environment.end());
  launch.environment.insert(launch.environment.end(), given->begin(), given->end());
  launch.key = serve_key({.predictor = launch.predictor.key,
                          .device = launch.device,
                          .weights = options.weights,
                          .environment = launch.environment});
  return launch;
}

Status check_predicts(const Project& project) {
  if (!project.trains_only) return {};
  return Error{project.file.string() + " says what trains (train: " + project.train +
               ") and not what predicts. Use " + program_name() +
               " train, or add, for example: predict: predict.py:Predictor"};
}

Error no_training(const Project& project) {
  if (project.kind == PredictorKind::kPython) {
    return Error{project.file.string() +
                 " does not say what trains. Add, for example: train: train.py:train"};
  }
  return Error{project.source.string() +
               " has no training. Add one beside COGPP_PREDICTOR: COGPP_TRAINER(train, ...)"};
}

Status check_trains(const Project& project, const Description& description) {
  if (description.training) return {};
  if (!description.document.empty() && !project.train.empty()) {
    return Error{description.document.string() + " does not tell what " + project.train +
                 " takes and gives (/trainings)"};
  }
  return no_training(project);
}

Result<CacheUse> prepare_worker(const Launch& launch, Context& context) {
  if (!launch.predictor.environment) return CacheUse();
  return make_environment(*launch.predictor.environment, launch.project, context);
}

std::vector<std::string> schema_arguments(const Launch& launch) {
  const std::filesystem::path& document = launch.predictor.description.document;
  if (document.empty()) return {};
  return {"--schema-file", document.string()};
}

ServerPlan plan_of(const Launch& launch, const RunOptions& options) {
  ServerPlan plan{.server_arguments = {},
                  .worker = launch.predictor.loading.program,
                  .worker_arguments = launch.predictor.loading.arguments,
                  .environment = launch.environment,
                  .project = launch.project.directory};
  const auto add = [&](const std::string& flag, const std::string& value) {
    plan.worker_arguments.push_back(flag);
    plan.worker_arguments.push_back(value);
  };
  add("--device", launch.device);
  if (!options.weights.empty()) add("--weights", options.weights);
  add("--project", launch.project.directory.string());
  return plan;
}

}  // namespace cogpp::cli
