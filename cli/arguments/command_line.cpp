// The program and the commands that are neither about models nor about images.
#include "cli/arguments/command_line.hpp"

#include "cli/support/program.hpp"

namespace cogpp::cli {
namespace {

void add_global_flags(CLI::App& app, GlobalOptions& global) {
  app.add_flag("--debug", global.debug, "Show debugging output");
  app.add_flag("--no-color", global.no_color, "Disable colored output");
  app.add_flag("-q,--quiet", global.quiet, "Show only warnings, errors and the model's logs");
  app.add_option("--registry", global.registry,
                 "Registry host (default: $COG_REGISTRY_HOST or r8.im)")
      ->group("");
}

void add_init(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "init", "Start a project in the current directory",
                                  "  cogpp init\n  cogpp init --template stream\n"
                                  "  cogpp init --template python\n");
  command->add_option("--template", draft.init.template_name, "cpp, stream or python")
      ->capture_default_str();
}

void add_others(CLI::App& app, Draft& draft) {
  CLI::App* schema = add_command(app, draft, "schema", "Print the model's OpenAPI document",
                                 "  cogpp schema > openapi.json\n  cogpp schema --pretty\n"
                                 "  COG_OPENAPI_SCHEMA=openapi.json cogpp schema\n");
  add_project_flags(*schema, draft.schema.project, draft.schema.build);
  schema->add_flag("--pretty", draft.schema.pretty, "Indent it");
  CLI::App* doctor = add_command(app, draft, "doctor", "Look for problems and say how to fix them",
                                 "  cogpp doctor\n  cogpp doctor --fix\n\n"
                                 "Also shows which device the project runs on, and where the cache "
                                 "is and how large.\nWhat was not used for 30 days is removed from "
                                 "it by itself.\n");
  add_project_flags(*doctor, draft.doctor.project, draft.doctor.build);
  doctor->add_flag("--fix", draft.doctor.fix, "Mend what can be mended in the project's files");
  CLI::App* completion = add_command(app, draft, "completion", "Print a shell completion script",
                                     "  source <(cogpp completion bash)\n"
                                     "  cogpp completion fish > ~/.config/fish/completions/" +
                                         program_name() + ".fish\n");
  completion->add_option("shell", draft.shell, "bash, zsh or fish")->required();
  add_command(app, draft, "version", "Print the version", "  cogpp version\n");
  CLI::App* help =
      add_command(app, draft, "help", "Help about any command", "  cogpp help serve\n");
  help->add_option("command", draft.help_command, "A command");
}

}  // namespace

CLI::App* add_command(CLI::App& app, Draft& draft, const std::string& name,
                      const std::string& description, const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->allow_extras();
  command->footer(named_examples("Examples:\n" + examples));
  add_global_flags(*command, draft.global);
  return command;
}

void add_config_file(CLI::App& command, ProjectChoice& project) {
  command.add_option("-f,--file", project.file, "The name of the config file")
      ->capture_default_str();
}

void add_config_flags(CLI::App& command, ProjectChoice& project) {
  command.add_flag("--strict", project.strict, "Refuse unknown keys in cog.yaml");
  add_config_file(command, project);
}

void add_project_flags(CLI::App& command, ProjectChoice& project, BuildOptions& build) {
  add_config_flags(command, project);
  command.add_option("--torch", build.torch, "Folder of the libtorch to compile and run with");
  command.add_option("--python", build.python,
                     "Python interpreter of a Python project (default: by build.python_version)");
}

void define_commands(CLI::App& app, Draft& draft) {
  app.name(program_name());
  app.description(
      "Runs and serves machine learning models: C++ and Python predictors, model files");
  app.allow_extras();
  app.require_subcommand(0, 1);
  add_global_flags(app, draft.global);
  app.add_flag("--version", draft.version, "Print the version");
  app.footer(
      named_examples("Examples:\n"
                     "  cogpp init\n"
                     "  cogpp predict -i prompt=hello\n"
                     "  cogpp serve\n\n"
                     "Use \"cogpp [command] --help\" for more about a command."));
  add_init(app, draft);
  add_model_commands(app, draft);
  add_image_commands(app, draft);
  add_others(app, draft);
}

}  // namespace cogpp::cli
