// cogpp exec: a command in the project's folder and environment. It takes this process's
// place, so that terminal, signals and exit status are its own.
#include <unistd.h>

#include "cli/build/python_project.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/image_run.hpp"
#include "cli/commands/launch.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace {

/// The project's folder, or without a project the current one.
std::filesystem::path mounted_directory(const ProjectChoice& choice) {
  const Result<Project> project = load_project(choice);
  std::error_code ignored;
  return project ? project->directory : std::filesystem::current_path(ignored);
}

Status exec_in_image(const ExecOptions& options, std::vector<std::string> environment,
                     Context& context) {
  std::vector<PortMapping> ports;
  for (const std::string& text : options.publish) {
    Result<PortMapping> port = parse_publish(text);
    if (!port) return port.error();
    ports.push_back(std::move(*port));
  }
  if (const Status valid = check_gpus(options.container.gpus); !valid) return valid;
  const Result<ImageRun> run = prepare_image(options.container, context);
  if (!run) return run.error();
  environment.emplace_back("LOG_FORMAT=console");
  std::string shown;
  for (const std::string& word : options.command) shown += word + " ";
  context.console.info("Running " + shown +
                       "in Docker with the current directory mounted as a volume...");
  return become_container(
      run->engine, {.image = run->model.image,
                    .arguments = options.command,
                    .environment = std::move(environment),
                    .mounts = {{.source = mounted_directory(options.project), .target = "/src"}},
                    .ports = std::move(ports),
                    .gpus = run->gpus,
                    .directory = "/src",
                    .interactive = true,
                    .terminal = ::isatty(STDIN_FILENO) == 1});
}

}  // namespace

Status run_exec(const ExecOptions& options, Context& context) {
  if (options.command.empty()) {
    return Error{"exec needs a command, for example: cogpp exec python --version"};
  }
  Result<std::vector<std::string>> given = expand_environment(options.environment);
  if (!given) return given.error();
  if (!options.container.image.empty()) return exec_in_image(options, std::move(*given), context);
  if (!options.publish.empty()) {
    return Error{"--publish is for a command in an image: name that with --image"};
  }
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();

  Command command{.program = options.command.front(),
                  .arguments = {options.command.begin() + 1, options.command.end()},
                  .directory = project->directory};
  CacheUse use;
  if (project->kind == PredictorKind::kPython) {
    const Result<Interpreter> interpreter =
        find_interpreter(project->python.version, options.build.python, context);
    if (!interpreter) return interpreter.error();
    const Result<PythonEnvironment> environment = plan_environment(*project, *interpreter, context);
    if (!environment) return environment.error();
    Result<CacheUse> made = make_environment(*environment, *project, context);
    if (!made) return made.error();
    use = std::move(*made);
    use.keep_over_exec();
    command.environment = environment_variables(*environment, context.installation);
  }
  command.environment.insert(command.environment.end(), project->environment.begin(),
                             project->environment.end());
  command.environment.insert(command.environment.end(), given->begin(), given->end());
  context.console.debug("Running " + options.command.front() + " in " +
                        project->directory.string());
  return replace_process(command);
}

}  // namespace cogpp::cli
