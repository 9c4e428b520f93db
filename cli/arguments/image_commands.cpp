// The commands that make and move images and weights.
#include <cstdint>

#include "cli/arguments/command_line.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace {

/// Those that Cog does not show either.
void add_hidden_image_flags(CLI::App& command, ImageOptions& image) {
  command.add_flag("--strip", image.strip)->group("");
  command.add_flag("--precompile", image.precompile)->group("");
}

/// `plain` where the terminal can show nothing else (cog-cli §1.4).
std::string usual_progress() { return environment_variable("TERM") == "dumb" ? "plain" : "auto"; }

void add_image_flags(CLI::App& command, BuildImageOptions& options) {
  ImageOptions& image = options.image;
  add_hidden_image_flags(command, image);
  add_config_flags(command, options.project);
  command.add_option("--engine", image.engine,
                     "docker, podman, buildah or a path (default: the first that answers)");
  add_base_flags(command, image);
  command.add_flag("--no-cache", image.no_cache, "Build every step anew");
  command.add_option("--openapi-schema", image.openapi_schema,
                     "OpenAPI document to use instead of the predictor's own");
  command.add_flag("--separate-weights", image.separate_weights,
                   "Accepted as by Cog; weights always have layers of their own");
  command.add_flag("--slim", image.slim,
                   "C++ and model files with a GPU: leave NCCL, NVSHMEM, cuSPARSELt and cuRAND out "
                   "(not verified yet)");
  command.add_option("--timestamp", image.timestamp,
                     "Time of all files that the build adds, in seconds since 1970 "
                     "(default: $SOURCE_DATE_EPOCH)");
}

void add_tag_flag(CLI::App& command, ImageOptions& image) {
  command.add_option("-t,--tag", image.tag,
                     "Name of the image (default: image in cog.yaml, or the folder's name)");
}

void add_build(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "build", "Build an image of the model",
                                  "  cogpp build -t my-model\n"
                                  "  cogpp build -t my-model --json\n"
                                  "  cogpp build --secret id=token,src=token.txt\n\n"
                                  "Needs docker, podman or buildah. Without one a C++ predictor or "
                                  "a model file is\ncompiled here and put on a base, unless its "
                                  "image needs packages or commands:\n"
                                  "  cogpp build --output oci:image\n"
                                  "  cogpp build --output tar:model.tar --base you/base && docker "
                                  "load -i model.tar\n");
  add_tag_flag(*command, draft.build.image);
  add_image_flags(*command, draft.build);
  command->add_option("--output", draft.build.image.output,
                      "oci:DIR, an image layout, or tar:FILE, an archive that docker load reads: "
                      "write the image there, without an engine. --base is then a name in a "
                      "registry, oci:DIR[:NAME] or tar:FILE[:NAME]");
  command->add_option("--torch", draft.build.build.torch,
                      "With --output: folder of the libtorch to compile with");
  command->add_flag("--plain-http", draft.build.image.plain_http,
                    "With --output: allow a base in a registry without TLS elsewhere");
  command->add_flag("--json", draft.build.json, "Print the image's digest, size and layers");
  command->add_flag("--skip-schema-validation", draft.build.image.skip_schema)->group("");
  CLI::App* debug = add_command(app, draft, "debug", "Print the Dockerfile of the image",
                                "  cogpp debug > Dockerfile\n");
  add_tag_flag(*debug, draft.debug.build.image);
  add_image_flags(*debug, draft.debug.build);
  debug->add_option("--image-name", draft.debug.build.image.tag)->group("");
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
  CLI::App* command =
      add_command(app, draft, "push", "Build an image and push it to a registry",
                  "  cogpp push registry.example.com/you/model\n"
                  "  cogpp push registry.example.com/you/model --no-build\n"
                  "  cogpp push localhost:5000/model:v2 --from oci:image\n"
                  "  cogpp push localhost:5000/model --daemonless --base "
                  "localhost:5000/base\n"
                  "  docker save model -o model.tar && cogpp push r8.im/you/model "
                  "--from tar:model.tar\n\n"
                  "Where no project is, the engine's image of that name is sent as "
                  "it is. A push that\nwas interrupted goes on where it stopped.\n");
  PushOptions& push = draft.push;
  command->add_option("image", push.image, "Where to (default: image in cog.yaml)");
  add_image_flags(*command, push.build);
  command->add_option("--from", push.from,
                      "oci:DIR, an image layout, or tar:FILE, an archive of one or of docker save: "
                      "send that, build nothing. Of several images in it oci:DIR:NAME or "
                      "tar:FILE:NAME says which");
  command->add_flag("--no-build", push.no_build, "Send the engine's image of that name as it is");
  command->add_flag("--daemonless", push.daemonless,
                    "Make the project's image while it is pushed, as build --output does; --base "
                    "is then a name in a registry, oci:DIR[:NAME] or tar:FILE[:NAME]");
  command->add_option("--torch", push.build.build.torch,
                      "With --daemonless: folder of the libtorch to compile with");
  command->add_flag("--plain-http", push.plain_http,
                    "Allow a registry without TLS that is not on this machine");
}

void add_login(CLI::App& app, Draft& draft) {
  CLI::App* command = add_command(app, draft, "login", "Log in to a registry",
                                  "  cogpp login\n"
                                  "  cogpp login --token-stdin < token.txt\n"
                                  "  cogpp login --registry registry.example.com\n");
  command->get_option("--registry")->group(command->get_option("--quiet")->get_group());
  command->add_flag("--token-stdin", draft.login.token_stdin,
                    "Read Replicate's token from standard input");
  command->add_flag("--plain-http", draft.login.plain_http,
                    "Allow a registry without TLS that is not on this machine");
}

CLI::App* add_weights_command(CLI::App& weights, Draft& draft, const std::string& name,
                              const std::string& description, const std::string& examples) {
  CLI::App* command = add_command(weights, draft, name, description, examples);
  WeightsOptions& options = draft.weights;
  add_config_file(*command, options.project);
  command->add_flag("-v,--verbose", options.verbose, "Show every file or layer");
  command->add_flag("--plain-http", options.plain_http,
                    "Allow a registry without TLS that is not on this machine");
  return command;
}

/// Hidden, as Cog's: the format is still theirs to change.
void add_weights(CLI::App& app, Draft& draft) {
  CLI::App* weights = add_command(app, draft, "weights", "Import and pull managed weights",
                                  "  cogpp weights import\n  cogpp weights status\n");
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
  weights->group("");  // now: its commands would take that over
}

}  // namespace

void add_base_flags(CLI::App& command, ImageOptions& image) {
  image.progress = usual_progress();
  command.add_option("--base", image.base,
                     "Image to begin with (default: build.base_image, else by the predictor's "
                     "kind, Python and CUDA)");
  command
      .add_option("--secret", image.secrets,
                  "Secret for build.run, id=NAME,src=FILE or id=NAME,env=VARIABLE (repeatable)")
      ->allow_extra_args(false);
  command.add_option("--progress", image.progress, "auto, tty, plain or quiet")
      ->envname(kProgressVariable)
      ->capture_default_str();
  command
      .add_option("--use-cuda-base-image", image.cuda_base_image,
                  "false: a Python project with a GPU begins with python:…-slim")
      ->capture_default_str();
  // Bound to the member, it would be false where it was not given at all.
  command.add_flag_function(
      "--use-cog-base-image", [&image](std::int64_t given) { image.cog_base_image = given > 0; },
      "Begin with Cog's own base image");
  command.add_option("--dockerfile", image.dockerfile)->group("");
}

void add_image_commands(CLI::App& app, Draft& draft) {
  add_build(app, draft);
  add_push(app, draft);
  add_weights(app, draft);
  add_login(app, draft);
}

}  // namespace cogpp::cli
