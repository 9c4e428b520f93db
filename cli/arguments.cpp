// Every command's flags are bound to one Draft; the command that was named then
// takes its part. CLI11 reports what it does not know as "remaining" words, so that
// the messages and suggestions are ours.
#include "cli/arguments.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

#include "cli/completion.hpp"
#include "schema/edit_distance.hpp"

namespace cogpp::cli {
namespace {

struct Draft {
  GlobalOptions global;
  bool version = false;
  InitOptions init;
  PredictOptions predict;
  TrainOptions train;
  ExecOptions exec;
  ServeOptions serve;
  BuildImageOptions build;
  DebugOptions debug;
  CompileOptions compile;
  PushOptions push;
  WeightsOptions weights;
  LoginOptions login;
  SchemaOptions schema;
  DoctorOptions doctor;
  std::string shell;
  std::string help_command;
  std::string json;  ///< predict or train --json; its presence is asked from CLI11.
};

void add_global_flags(CLI::App& app, GlobalOptions& global) {
  app.add_flag("--debug", global.debug, "Show debugging output");
  app.add_flag("--no-color", global.no_color, "Disable colored output");
  app.add_flag("-q,--quiet", global.quiet, "Show only warnings, errors and the model's logs");
}

CLI::App* add_command(CLI::App& app, Draft& draft, const std::string& name,
                      const std::string& description, const std::string& examples) {
  CLI::App* command = app.add_subcommand(name, description);
  command->allow_extras();
  command->footer("Examples:\n" + examples);
  add_global_flags(*command, draft.global);
  return command;
}

void add_project_flags(CLI::App& command, ProjectChoice& project, BuildOptions& build) {
  command.add_flag("--strict", project.strict, "Refuse unknown keys in cog.yaml");
  command.add_option("-f,--file", project.file, "The name of the config file")
      ->capture_default_str();
  command.add_option("--torch", build.torch, "Folder of the libtorch to compile and run with");
  command.add_option("--python", build.python,
                     "Python interpreter of a Python project (default: by build.python_version)");
}

/// `image` is an argument, or where a command's words follow, a flag.
void add_container_flags(CLI::App& command, ContainerOptions& container, const char* image) {
  command.add_option(image, container.image,
                     "Image to run in a container, instead of the project's sources");
  command.add_option("--gpus", container.gpus,
                     "GPUs of the container: all, a number, device=0,1 or none (default: all for "
                     "an image that wants one)");
  command.add_option("--engine", container.engine,
                     "docker, podman, or a program's path (default: the first that answers)");
}

void add_environment_flag(CLI::App& command, std::vector<std::string>& environment) {
  command.add_option("-e,--env", environment, "Environment variable, NAME=value (repeatable)")
      ->allow_extra_args(false);
}

void add_run_flags(CLI::App& command, RunOptions& run) {
  add_project_flags(command, run.project, run.build);
  command.add_option("--device", run.device,
                     "cpu, cuda, cuda:N or auto (default: by build.gpu in cog.yaml)");
  command.add_option("--weights", run.weights, "Weights to hand to the predictor's setup");
  add_environment_flag(command, run.environment);
  command.add_option("--setup-timeout", run.setup_timeout, "Seconds that set-up may take")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void add_init(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "init", "Start a project in the current directory",
                                  "  cogpp init\n  cogpp init --template stream\n"
                                  "  cogpp init --template python\n");
  command->add_option("--template", draft.init.template_name, "cpp, stream or python")
      ->capture_default_str();
}

void add_input_flags(CLI::App& command, InputArguments& inputs, std::string& json) {
  command
      .add_option("-i,--input", inputs.pairs,
                  "Input, name=value; @path as a value sends that file (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--json", json,
                     "Inputs as a JSON object, from a @file, or from standard input (-); prints "
                     "the whole response as JSON");
}

void add_predict(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "predict", "Run a prediction",
                                  "  cogpp predict -i prompt=hello\n"
                                  "  cogpp predict registry.example.com/you/model -i prompt=hello\n"
                                  "  cogpp predict -i image=@photo.jpg -o result.png\n"
                                  "  cogpp predict -i tags=red -i tags=blue\n"
                                  "  cogpp predict --json '{\"prompt\": \"hello\"}'\n"
                                  "  cat input.json | cogpp predict --json -\n");
  command->alias("run");
  add_run_flags(*command, draft.predict.run);
  add_input_flags(*command, draft.predict.inputs, draft.json);
  command->add_option("-o,--output", draft.predict.output.path, "Where to write the output");
  command->add_flag("--own-server", draft.predict.own_server,
                    "Start the model even if cogpp serve runs it already");
  command->add_flag("--use-replicate-token", draft.predict.replicate_token,
                    "Pass $REPLICATE_API_TOKEN to the model in the request's context");
  add_container_flags(*command, draft.predict.container, "image");
}

void add_train(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "train", "Run a training",
                                  "  cogpp train -i data=@images.zip -i steps=500\n"
                                  "  cogpp train -i n=3 -o trained.tar\n");
  add_run_flags(*command, draft.train.run);
  add_container_flags(*command, draft.train.container, "image");
  add_input_flags(*command, draft.train.inputs, draft.json);
  command->add_option("-o,--output", draft.train.output.path, "Where to write the output")
      ->capture_default_str();
}

void add_exec(CLI::App& app, Draft& draft) {
  CLI::App* command =
      add_command(app, draft, "exec", "Run a command in the project's environment",
                  "  cogpp exec python\n"
                  "  cogpp exec -e DEBUG=1 python train.py --steps 3\n"
                  "  cogpp exec pip list\n"
                  "  cogpp exec --image you/model -p 8888 python -m http.server 8888\n\n"
                  "Flags of cogpp come before the command; what follows it is the command's.\n"
                  "The exit status is the command's own.\n");
  command->prefix_command();
  add_project_flags(*command, draft.exec.project, draft.exec.build);
  add_environment_flag(*command, draft.exec.environment);
  add_container_flags(*command, draft.exec.container, "--image");
  command
      ->add_option("-p,--publish", draft.exec.publish,
                   "Port of the image's container to publish, PORT or HOST:PORT (repeatable)")
      ->allow_extra_args(false);
}

/// Flags that go to cogpp-server as they are.
void add_server_flags(CLI::App& command, std::vector<std::string>& flags) {
  struct Flag {
    const char* name;
    const char* description;
  };
  for (const Flag& flag :
       {Flag{"--max-body", "Largest request body, in bytes"},
        Flag{"--cancel-grace", "Seconds from a cancellation to killing the worker; 0: never"},
        Flag{"--drain-timeout", "Seconds that predictions may take to end at shutdown"},
        Flag{"--queue", "Predictions that wait for a free slot; 0: refused with 409"},
        Flag{"--predict-timeout", "Seconds that a prediction may run; 0: no limit"},
        Flag{"--replicas", "Workers, each with --concurrency slots"},
        Flag{"--devices", "A device for each replica, as cuda:0,cuda:1"},
        Flag{"--keep-finished", "Finished predictions kept for GET /predictions"},
        Flag{"--keep-seconds", "Seconds that a finished prediction is kept"},
        Flag{"--keep-bytes", "Most memory of all kept predictions"},
        Flag{"--auth-token-file", "Ask every request but probes for the token in this file"},
        Flag{"--log-format", "json or console"},
        Flag{"--max-logs", "Most log bytes kept of a prediction"},
        Flag{"--max-output", "Most output bytes of a prediction"},
        Flag{"--await-explicit-shutdown", "Ignore SIGTERM: true or false"}}) {
    const std::string name = flag.name;
    command.add_option_function<std::string>(
        name,
        [&flags, name](const std::string& value) {
          flags.push_back(name);
          flags.push_back(value);
        },
        flag.description);
  }
  for (const Flag& flag :
       {Flag{"--forbid-private-urls", "Refuse file inputs from private addresses"},
        Flag{"--probes", "Answer GET /livez and GET /readyz"},
        Flag{"--metrics", "Answer GET /metrics, for Prometheus"}}) {
    const std::string name = flag.name;
    command.add_flag_callback(
        name, [&flags, name] { flags.push_back(name); }, flag.description);
  }
}

void add_serve(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "serve", "Serve predictions over HTTP",
                                  "  cogpp serve\n"
                                  "  cogpp serve -p 5000 --host 0.0.0.0 --concurrency 4\n"
                                  "  cogpp serve you/model --gpus all\n"
                                  "  curl localhost:8393/predictions -H 'Content-Type: "
                                  "application/json' -d '{\"input\": {\"prompt\": \"hello\"}}'\n");
  add_run_flags(*command, draft.serve.run);
  add_container_flags(*command, draft.serve.container, "image");
  command->add_option("--host", draft.serve.host, "Address to listen on")->capture_default_str();
  command->add_option("-p,--port", draft.serve.port, "Port to listen on; 0: any free one")
      ->check(CLI::Range(0, 65535))
      ->capture_default_str();
  command
      ->add_option("--concurrency", draft.serve.concurrency,
                   "Predictions at the same time (default: concurrency.max in cog.yaml)")
      ->check(CLI::Range(1, 256));
  command->add_option("--upload-url", draft.serve.upload_url, "Upload output files to this URL");
  add_server_flags(*command, draft.serve.server_flags);
}

void add_image_flags(CLI::App& command, BuildImageOptions& options) {
  ImageOptions& image = options.image;
  command.add_flag("--strict", options.project.strict, "Refuse unknown keys in cog.yaml");
  command.add_option("-f,--file", options.project.file, "The name of the config file")
      ->capture_default_str();
  command.add_option("-t,--tag", image.tag,
                     "Name of the image (default: image in cog.yaml, or the folder's name)");
  command.add_option("--base", image.base,
                     "Image to begin with (default: by the predictor's kind, Python and CUDA)");
  command.add_option("--engine", image.engine,
                     "docker, podman, buildah or a path (default: the first that answers)");
  command
      .add_option("--secret", image.secrets,
                  "Secret for build.run, id=NAME,src=FILE or id=NAME,env=VARIABLE (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--progress", image.progress, "auto, tty, plain or quiet")
      ->envname("BUILDKIT_PROGRESS")
      ->capture_default_str();
  command.add_flag("--no-cache", image.no_cache, "Build every step anew");
  command.add_option("--openapi-schema", image.openapi_schema,
                     "OpenAPI document to use instead of the predictor's own");
  command
      .add_option("--use-cuda-base-image", image.cuda_base_image,
                  "false: a Python project with a GPU begins with python:…-slim")
      ->capture_default_str();
  command.add_flag("--use-cog-base-image", image.cog_base_image,
                   "Begin with Cog's own base image");
  command.add_flag("--separate-weights", image.separate_weights,
                   "Accepted as by Cog; weights always have layers of their own");
  command.add_option("--dockerfile", image.dockerfile)->group("");
  command.add_option("--timestamp", image.timestamp,
                     "Time of all files, in seconds since 1970 (default: $SOURCE_DATE_EPOCH)");
}

void add_build(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "build", "Build an image of the model",
                                  "  cogpp build -t my-model\n"
                                  "  cogpp build -t my-model --json\n"
                                  "  cogpp build --secret id=token,src=token.txt\n\n"
                                  "Needs docker, podman or buildah.\n");
  add_image_flags(*command, draft.build);
  command->add_flag("--json", draft.build.json, "Print the image's digest, size and layers");
  CLI::App* debug = add_command(app, draft, "debug", "Print the Dockerfile of the image",
                                "  cogpp debug > Dockerfile\n");
  add_image_flags(*debug, draft.debug.build);
  debug->group("");
  CLI::App* compile = add_command(app, draft, "compile", "Compile the predictor into a folder",
                                  "  cogpp compile --output build\n");
  add_project_flags(*compile, draft.compile.project, draft.compile.build);
  compile
      ->add_option("--output", draft.compile.output, "Folder for predictor.so and signature.json")
      ->required();
  compile->group("");
}

void add_push(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "push", "Push an image to a registry",
                                  "  cogpp push registry.example.com/you/model\n"
                                  "  cogpp push localhost:5000/model:v2 --from oci:image\n"
                                  "  docker save model -o model.tar && cogpp push r8.im/you/model "
                                  "--from tar:model.tar\n\n"
                                  "A push that was interrupted goes on where it stopped.\n");
  command->add_option("image", draft.push.image, "Where to (default: image in cog.yaml)");
  command->add_option("-f,--file", draft.push.project.file, "The name of the config file")
      ->capture_default_str();
  command->add_option("--from", draft.push.from,
                      "oci:DIR, an image layout, or tar:FILE, an archive of one or of docker save "
                      "(default: the image of that name in docker or podman)");
  command->add_flag("--plain-http", draft.push.plain_http,
                    "Allow a registry without TLS that is not on this machine");
}

void add_login(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "login", "Log in to a registry",
                                  "  cogpp login\n"
                                  "  cogpp login --token-stdin < token.txt\n"
                                  "  cogpp login --registry registry.example.com\n");
  command->add_option("--registry", draft.login.registry,
                      "Registry host (default: $COG_REGISTRY_HOST or r8.im)");
  command->add_flag("--token-stdin", draft.login.token_stdin,
                    "Read Replicate's token from standard input");
  command->add_flag("--plain-http", draft.login.plain_http,
                    "Allow a registry without TLS that is not on this machine");
}

CLI::App* add_weights_command(CLI::App& weights, Draft& draft, const std::string& name,
                              const std::string& description, const std::string& examples) {
  CLI::App* command = add_command(weights, draft, name, description, examples);
  WeightsOptions& options = draft.weights;
  command->add_option("-f,--file", options.project.file, "The name of the config file")
      ->capture_default_str();
  command->add_flag("-v,--verbose", options.verbose, "Show every file or layer");
  command->add_flag("--plain-http", options.plain_http,
                    "Allow a registry without TLS that is not on this machine");
  return command;
}

/// Hidden, as Cog's: the format is still theirs to change.
void add_weights(CLI::App& app, Draft& draft) {
  CLI::App* weights = add_command(app, draft, "weights", "Import and pull managed weights",
                                  "  cogpp weights import\n  cogpp weights status\n");
  weights->group("");
  weights->require_subcommand(0, 1);
  CLI::App* import = add_weights_command(
      *weights, draft, "import", "Push weights to the registry and write weights.lock",
      "  cogpp weights import\n  cogpp weights import llama --dry-run -v\n");
  import->add_flag("--dry-run", draft.weights.dry_run, "Only say what would be done");
  import->add_option("names", draft.weights.names, "Which weights (default: all)");
  CLI::App* pull = add_weights_command(*weights, draft, "pull",
                                       "Download the weights of weights.lock to this machine",
                                       "  cogpp weights pull\n  cogpp weights pull llama -v\n");
  pull->add_option("names", draft.weights.names, "Which weights (default: all)");
  CLI::App* status =
      add_weights_command(*weights, draft, "status", "Show whether weights are imported",
                          "  cogpp weights status\n  cogpp weights status --json\n");
  status->add_flag("--json", draft.weights.json, "Print JSON");
}

void add_others(CLI::App& app, Draft& draft) {
  CLI::App* schema = add_command(app, draft, "schema", "Print the model's OpenAPI document",
                                 "  cogpp schema > openapi.json\n  cogpp schema --pretty\n"
                                 "  COG_OPENAPI_SCHEMA=openapi.json cogpp schema\n");
  add_project_flags(*schema, draft.schema.project, draft.schema.build);
  schema->add_flag("--pretty", draft.schema.pretty, "Indent it");
  CLI::App* doctor = add_command(app, draft, "doctor", "Look for problems and say how to fix them",
                                 "  cogpp doctor\n  cogpp doctor --fix\n\n"
                                 "Also shows where the cache is and how large. What was not used "
                                 "for 30 days is\nremoved from it by itself.\n");
  add_project_flags(*doctor, draft.doctor.project, draft.doctor.build);
  doctor->add_flag("--fix", draft.doctor.fix, "Mend what can be mended in the project's files");
  CLI::App* completion =
      add_command(app, draft, "completion", "Print a shell completion script",
                  "  source <(cogpp completion bash)\n"
                  "  cogpp completion fish > ~/.config/fish/completions/cogpp.fish\n");
  completion->add_option("shell", draft.shell, "bash, zsh or fish")->required();
  add_command(app, draft, "version", "Print the version", "  cogpp version\n");
  CLI::App* help =
      add_command(app, draft, "help", "Help about any command", "  cogpp help predict\n");
  help->add_option("command", draft.help_command, "A command");
}

void define(CLI::App& app, Draft& draft) {
  app.name("cogpp");
  app.description(
      "Runs and serves machine learning models: C++ and Python predictors, model files");
  app.allow_extras();
  app.require_subcommand(0, 1);
  add_global_flags(app, draft.global);
  app.add_flag("--version", draft.version, "Print the version");
  app.footer(
      "Examples:\n"
      "  cogpp init\n"
      "  cogpp predict -i prompt=hello\n"
      "  cogpp serve\n\n"
      "Use \"cogpp [command] --help\" for more about a command.");
  add_init(app, draft);
  add_predict(app, draft);
  add_train(app, draft);
  add_exec(app, draft);
  add_serve(app, draft);
  add_build(app, draft);
  add_push(app, draft);
  add_weights(app, draft);
  add_login(app, draft);
  add_others(app, draft);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// Words that people try for a command, besides mistyped names (cog-cli §1.1).
std::optional<std::string> synonym(const std::string& word) {
  if (word == "new" || word == "start") return "init";
  if (word == "infer") return "predict";
  if (word == "http") return "serve";
  if (word == "auth" || word == "authenticate" || word == "authorize") return "login";
  return std::nullopt;
}

UsageError unknown_command(const CLI::App& app, const std::string& word) {
  std::string message = "unknown command \"" + word + "\" for \"cogpp\"";
  std::vector<std::string> names = command_names(app);
  names.emplace_back("run");
  std::optional<std::string> near = synonym(word);
  if (!near) near = schema::nearest_name(word, names);
  if (near) message += "\n\nDid you mean this?\n\t" + *near + "\n";
  return {"", message + "\nRun 'cogpp --help' for usage."};
}

/// `cogpp weights pull`
std::string path_of(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : path_of(*parent) + " ") + command.get_name();
}

UsageError unknown_word(const CLI::App& command, const std::string& usage,
                        const std::string& word) {
  if (!word.starts_with('-') || word == "-") {
    return {usage, "unexpected argument \"" + word + "\" for \"" + path_of(command) + "\""};
  }
  const std::string flag = word.substr(0, word.find('='));
  std::string message = "unknown flag: " + flag;
  if (const auto near = schema::nearest_name(flag, flag_names(command))) {
    message += "\n\nDid you mean this?\n\t" + *near;
  }
  return {usage, message};
}

std::vector<CompletionCommand> completion_commands(const CLI::App& app) {
  std::vector<CompletionCommand> commands;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    commands.push_back({command->get_name(), command->get_description(), flag_names(*command)});
  }
  return commands;
}

using Parsed = std::variant<Arguments, UsageError>;

Parsed help_for(const CLI::App& app, const Draft& draft) {
  if (draft.help_command.empty()) return Arguments{draft.global, PrintOptions{app.help()}};
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->check_name(draft.help_command)) {
      return Arguments{draft.global, PrintOptions{command->help("cogpp")}};
    }
  }
  return unknown_command(app, draft.help_command);
}

Parsed completion_for(const CLI::App& app, const Draft& draft) {
  const std::string script = completion_script(draft.shell, completion_commands(app));
  if (script.empty()) {
    return UsageError{"", "unknown shell \"" + draft.shell + "\"; known ones are bash, zsh, fish"};
  }
  return Arguments{draft.global, PrintOptions{script}};
}

/// The first word is the command; what stands before it are cogpp's own flags.
Parsed exec_arguments(Draft& draft, std::vector<std::string> words, const CLI::App& command) {
  if (words.empty()) {
    return UsageError{command.help("cogpp"), "exec needs a command to run"};
  }
  if (words.front().starts_with('-')) {
    return unknown_word(command, command.help("cogpp"), words.front());
  }
  draft.exec.command = std::move(words);
  return Arguments{draft.global, draft.exec};
}

/// The command, or its own subcommand that was named.
const CLI::App& innermost(const CLI::App& command) {
  const std::vector<CLI::App*> chosen = command.get_subcommands();
  return chosen.empty() ? command : *chosen.front();
}

Parsed weights_arguments(const CLI::App& command, Draft& draft) {
  const std::string& action = innermost(command).get_name();
  if (action == "weights") return Arguments{draft.global, PrintOptions{command.help("cogpp")}};
  draft.weights.action = action == "import" ? WeightsAction::kImport
                         : action == "pull" ? WeightsAction::kPull
                                            : WeightsAction::kStatus;
  return Arguments{draft.global, draft.weights};
}

Parsed result_of(const CLI::App& app, Draft& draft) {
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  if (chosen.empty()) {
    const std::vector<std::string> unknown = app.remaining();
    if (!unknown.empty()) {
      if (!unknown.front().starts_with('-')) return unknown_command(app, unknown.front());
      return unknown_word(app, app.help(), unknown.front());
    }
    if (draft.version) return Arguments{draft.global, VersionOptions{}};
    return Arguments{draft.global, PrintOptions{app.help()}};
  }
  const CLI::App& command = *chosen.front();
  const std::vector<std::string> unknown = app.remaining(true);
  if (command.get_name() == "exec") return exec_arguments(draft, unknown, command);
  if (!unknown.empty()) {
    return unknown_word(innermost(command), command.help("cogpp"), unknown.front());
  }
  const std::string& name = command.get_name();
  if (name == "help") return help_for(app, draft);
  if (name == "completion") return completion_for(app, draft);
  if ((name == "predict" || name == "train") && command.count("--json") > 0) {
    (name == "train" ? draft.train.inputs : draft.predict.inputs).json = draft.json;
    (name == "train" ? draft.train.output : draft.predict.output).json = true;
    // The response is printed, and no earlier weights are replaced by it.
    if (name == "train" && command.count("--output") == 0) draft.train.output.path.clear();
  }
  if (name == "init") return Arguments{draft.global, draft.init};
  if (name == "predict") return Arguments{draft.global, draft.predict};
  if (name == "train") return Arguments{draft.global, draft.train};
  if (name == "serve") return Arguments{draft.global, draft.serve};
  if (name == "build") return Arguments{draft.global, draft.build};
  if (name == "debug") return Arguments{draft.global, draft.debug};
  if (name == "compile") return Arguments{draft.global, draft.compile};
  if (name == "push") return Arguments{draft.global, draft.push};
  if (name == "weights") return weights_arguments(command, draft);
  if (name == "login") return Arguments{draft.global, draft.login};
  if (name == "schema") return Arguments{draft.global, draft.schema};
  if (name == "doctor") return Arguments{draft.global, draft.doctor};
  return Arguments{draft.global, VersionOptions{}};
}

/// A `--` between exec's own flags and its command goes: CLI11 would take the command's
/// flags for its own behind one.
void drop_separator(const CLI::App& exec, std::vector<std::string>& words) {
  auto word = std::find_if(words.begin(), words.end(),
                           [](const std::string& other) { return !other.starts_with('-'); });
  if (word == words.end() || *word != exec.get_name()) return;
  for (++word; word != words.end() && word->starts_with('-') && *word != "--"; ++word) {
    const CLI::Option* option = exec.get_option_no_throw(*word);
    const bool takes_next = option != nullptr && option->get_items_expected_max() > 0;
    if (takes_next && word + 1 != words.end()) ++word;
  }
  if (word != words.end() && *word == "--") words.erase(word);
}

}  // namespace

std::variant<Arguments, UsageError> parse_arguments(std::vector<std::string> words) {
  CLI::App app;
  Draft draft;
  define(app, draft);
  drop_separator(*app.get_subcommand("exec"), words);
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the back
  try {
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return Arguments{draft.global, PrintOptions{app.help()}};
  } catch (const CLI::ParseError& error) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return UsageError{chosen.empty() ? app.help() : chosen.front()->help("cogpp"), error.what()};
  }
  return result_of(app, draft);
}

}  // namespace cogpp::cli
