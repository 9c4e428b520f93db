// The commands that run a model.
#include <limits>

#include "cli/arguments/command_line.hpp"
#include "cli/support/program.hpp"

namespace cogpp::cli {
namespace {

/// `image` is an argument, or where a command's words follow, a flag.
void add_container_flags(CLI::App& command, ContainerOptions& container, const char* image) {
  command.add_option(image, container.image,
                     "Image to run in a container, instead of the project's sources");
  command.add_flag("--docker", container.docker,
                   "Run the project's sources in a container, of an image that is built for them");
  command.add_option("--gpus", container.gpus,
                     "GPUs of the container: all, a number, device=0,1 or none (default: all for "
                     "an image that wants one)");
  command.add_option("--engine", container.engine,
                     "docker, podman, or a program's path (default: the first that answers)");
  add_base_flags(command, container.build);
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
  const std::string limit =
      run.setup_timeout > 0 ? std::to_string(run.setup_timeout) : "$COG_SETUP_TIMEOUT, or no limit";
  command
      .add_option("--setup-timeout", run.setup_timeout,
                  "Seconds that set-up may take (default: " + limit + ")")
      ->check(CLI::Range(1, std::numeric_limits<int>::max(), "POSITIVE"));
}

void add_input_flags(CLI::App& command, InputArguments& inputs, std::string& json) {
  command
      .add_option(
          "-i,--input", inputs.pairs,
          "Input, name=value; @path as a value sends that file, @@text is @text (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--json", json,
                     "Inputs as a JSON object, from a @file, or from standard input (-); prints "
                     "the whole response as JSON");
}

void add_predict(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, predict_name(), "Run a prediction",
                                  "  cogpp predict -i prompt=hello\n"
                                  "  cogpp predict registry.example.com/you/model -i prompt=hello\n"
                                  "  cogpp predict --docker -i prompt=hello\n"
                                  "  cogpp predict -i image=@photo.jpg -o result.png\n"
                                  "  cogpp predict -i tags=red -i tags=blue\n"
                                  "  cogpp predict --json '{\"prompt\": \"hello\"}'\n"
                                  "  cat input.json | cogpp predict --json -\n");
  if (!called_cog()) command->alias("run");  // with Cog `predict` is hidden (arguments.cpp)
  add_run_flags(*command, draft.predict.run);
  add_input_flags(*command, draft.predict.inputs, draft.json);
  command->add_option("-o,--output", draft.predict.output.path, "Where to write the output");
  command->add_flag("--own-server", draft.predict.own_server,
                    "Start the model even if " + program_name() + " serve runs it already");
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
  if (called_cog()) command->group("");
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
                   "Port of the container to publish, PORT or HOST:PORT (repeatable)")
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
        Flag{"--auth-token-file",
             "Ask every request but probes for the token in this file (default $COGPP_AUTH_TOKEN)"},
        Flag{"--log-format", "json or console"},
        Flag{"--max-logs", "Most log bytes kept of a prediction"},
        Flag{"--max-output", "Most output bytes of a prediction"},
        Flag{"--max-input-file", "Most bytes of one downloaded input file"},
        Flag{"--await-explicit-shutdown",
             "Any value: ignore SIGTERM and end only by POST /shutdown or Ctrl-C"},
        Flag{"--schema-file",
             "OpenAPI document to serve and to check inputs by (where Python's types cannot be "
             "read, $COG_OPENAPI_SCHEMA is one, too)"},
        Flag{"--threads", "Ignored; kept for Cog's command line"}}) {
    const std::string name = flag.name;
    command.add_option_function<std::string>(
        name,
        [&flags, name](const std::string& value) {
          flags.push_back(name);
          flags.push_back(value);
        },
        flag.description);
  }
  for (const Flag& flag : {Flag{"--forbid-private-urls",
                                "Refuse file inputs from private addresses, and webhooks to them"},
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
                   "Predictions at the same time (default: $COG_MAX_CONCURRENCY, then\n"
                   "what the predictor's source says, then concurrency.max in cog.yaml)")
      ->check(CLI::Range(1, 256));
  command->add_option("--upload-url", draft.serve.upload_url, "Upload output files to this URL");
  command
      ->add_option_function<std::string>(
          "--x-mode", [&draft](const std::string& mode) { draft.serve.trains = mode == "train"; },
          "predict, or train: /trainings and /predictions run the training")
      ->check(CLI::IsMember({"predict", "train"}));
  add_server_flags(*command, draft.serve.server_flags);
  command->add_flag("-v,--version", draft.version, "Print the version");
}

}  // namespace

void add_model_commands(CLI::App& app, Draft& draft) {
  add_predict(app, draft);
  add_train(app, draft);
  add_exec(app, draft);
  add_serve(app, draft);
}

}  // namespace cogpp::cli
