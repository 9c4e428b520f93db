// cogpp exec: a command in the project's folder and environment. It takes this process's
// place, so that terminal, signals and exit status are its own.
#include "cli/build/python_project.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/launch.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {

Status run_exec(const ExecOptions& options, Context& context) {
  if (options.command.empty()) {
    return Error{"exec needs a command, for example: cogpp exec python --version"};
  }
  Result<std::vector<std::string>> given = expand_environment(options.environment);
  if (!given) return given.error();
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
