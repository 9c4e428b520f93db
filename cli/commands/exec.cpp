// cogpp exec: a command in the project's folder and environment. It takes this process's
// place, so that terminal, signals and exit status are its own.
#include <unistd.h>

#include "cli/build/python_project.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/image_run.hpp"
#include "cli/commands/launch.hpp"
#include "cli/commands/source_run.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/text.hpp"

namespace cogpp::cli {
namespace {

/// The project's folder, or without a project the current one.
std::filesystem::path mounted_directory(const ProjectChoice& choice) {
  const Result<Project> project = load_project(choice);
  std::error_code ignored;
  return project ? project->directory : std::filesystem::current_path(ignored);
}

/// An image that was named, with the current project in it.
Result<ImageRun> named_image(const ExecOptions& options, Context& context) {
  Result<ImageRun> run = find_image(options.container, context);
  if (run) run->mounts = {{.source = mounted_directory(options.project), .target = "/src"}};
  return run;
}

/// An image of what the project needs.
Result<ImageRun> environment_image(const ExecOptions& options, Context& context) {
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  return prepare_sources(*project, options.container, SourceImage::kEnvironment, context);
}

/// What of it other commands have as well.
RunOptions run_options(const ExecOptions& options) {
  RunOptions run;
  run.project = options.project;
  run.build = options.build;
  run.environment = options.environment;
  return run;
}

Status exec_in_container(const ExecOptions& options, Context& context) {
  std::vector<PortMapping> ports;
  for (const std::string& text : options.publish) {
    Result<PortMapping> port = parse_publish(text);
    if (!port) return port.error();
    ports.push_back(std::move(*port));
  }
  const Result<ImageRun> run = options.container.docker ? environment_image(options, context)
                                                        : named_image(options, context);
  if (!run) return run.error();
  ContainerPlan plan = container_plan(*run, run_options(options), {});
  plan.arguments = options.command;
  plan.environment.emplace_back("LOG_FORMAT=console");
  append(plan.environment, log_rules());
  plan.ports = std::move(ports);
  plan.directory = "/src";
  plan.interactive = true;
  plan.terminal = ::isatty(STDIN_FILENO) == 1;
  tell_command(options.command, context.console);
  return become_container(run->engine, plan);
}

}  // namespace

Status run_exec(const ExecOptions& options, Context& context) {
  if (options.command.empty()) {
    return Error{"exec needs a command, for example: " + program_name() + " exec python --version"};
  }
  const Status valid = check_container_flags(run_options(options), options.container);
  if (!valid) return valid;
  if (options.container.used()) return exec_in_container(options, context);
  Result<std::vector<std::string>> given = expand_environment(options.environment);
  if (!given) return given.error();
  if (!options.publish.empty()) {
    return Error{
        "--publish is for a command in a container: add --docker, or name an image "
        "with --image"};
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
