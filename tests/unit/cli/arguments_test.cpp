// The command line: what each flag sets, and what is said about mistakes.
#include "cli/arguments.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cerrno>

#include "cli/completion.hpp"
#include "cli/support/program.hpp"

using namespace cogpp::cli;

namespace {

template <class Options>
Options parsed(const std::vector<std::string>& words) {
  const auto result = parse_arguments(words);
  const auto* arguments = std::get_if<Arguments>(&result);
  INFO((arguments == nullptr ? std::get<UsageError>(result).message : ""));
  REQUIRE(arguments != nullptr);
  const auto* options = std::get_if<Options>(&arguments->command);
  REQUIRE(options != nullptr);
  return *options;
}

UsageError mistake(const std::vector<std::string>& words) {
  const auto result = parse_arguments(words);
  const auto* error = std::get_if<UsageError>(&result);
  REQUIRE(error != nullptr);
  return *error;
}

/// The program is called `cog` for a scope.
class CalledCog {
 public:
  CalledCog() { program_invocation_short_name = cog_; }
  ~CalledCog() { program_invocation_short_name = before_; }
  CalledCog(const CalledCog&) = delete;
  CalledCog& operator=(const CalledCog&) = delete;

 private:
  char cog_[4] = "cog";
  char* before_ = program_invocation_short_name;
};

std::string warning_of(const std::vector<std::string>& words) {
  return std::visit([](const auto& result) { return result.warning; }, parse_arguments(words));
}

}  // namespace

TEST_CASE("predict's inputs are taken as they are") {
  const auto options = parsed<PredictOptions>({"predict", "-i", "a=1", "--input=b=x y", "-ic=3",
                                               "-i", "d=[1,2]", "-i", "{}", "-i", "e=-1"});
  CHECK(options.inputs.pairs ==
        std::vector<std::string>{"a=1", "b=x y", "c=3", "d=[1,2]", "{}", "e=-1"});
  CHECK_FALSE(options.inputs.json);
  CHECK_FALSE(options.output.json);
  CHECK(options.run.setup_timeout == 300);
  CHECK(options.run.project.file == "cog.yaml");
}

TEST_CASE("an input does not swallow the argument after it") {
  const auto options = parsed<PredictOptions>({"run", "-i", "a=1", "b=2"});
  CHECK(options.inputs.pairs == std::vector<std::string>{"a=1"});
  CHECK(options.container.image == "b=2");
}

TEST_CASE("--json takes an object, a file or a dash") {
  for (const std::string json : {"{}", "{\"a\": [1]}", "@file.json", "-", ""}) {
    const auto options = parsed<PredictOptions>({"predict", "--json", json, "-o", "x.json"});
    REQUIRE(options.inputs.json);
    CHECK(*options.inputs.json == json);
    CHECK(options.output.json);
    CHECK(options.output.path == "x.json");
  }
}

TEST_CASE("predict's other flags") {
  const auto options = parsed<PredictOptions>(
      {"predict", "--device", "cuda:1", "-e", "A=1", "-e", "B", "--setup-timeout", "5", "--torch",
       "/t", "--weights", "w", "--own-server", "-f", "other.yaml"});
  CHECK(options.run.device == "cuda:1");
  CHECK(options.run.environment == std::vector<std::string>{"A=1", "B"});
  CHECK(options.run.setup_timeout == 5);
  CHECK(options.run.build.torch == "/t");
  CHECK(options.run.weights == "w");
  CHECK(options.own_server);
  CHECK(options.run.project.file == "other.yaml");
}

TEST_CASE("train writes to weights unless told otherwise") {
  const auto options = parsed<TrainOptions>({"train", "-i", "n=1", "--python", "/p"});
  CHECK(options.inputs.pairs == std::vector<std::string>{"n=1"});
  CHECK(options.output.path == "weights");
  CHECK_FALSE(options.output.json);
  CHECK(options.run.build.python == "/p");
  CHECK(parsed<TrainOptions>({"train", "--json", "{}", "-o", "x"}).output.path == "x");
  CHECK(parsed<TrainOptions>({"train", "--json", "{}"}).output.json);
  CHECK(parsed<TrainOptions>({"train", "--json", "{}"}).output.path.empty());
}

TEST_CASE("what follows exec's command is the command's") {
  using Words = std::vector<std::string>;
  const auto options = parsed<ExecOptions>(
      {"exec", "-e", "A=1", "--python", "/p", "python", "-c", "x", "--help", "-q"});
  CHECK(options.environment == Words{"A=1"});
  CHECK(options.build.python == "/p");
  CHECK(options.command == Words{"python", "-c", "x", "--help", "-q"});
  CHECK(parsed<ExecOptions>({"exec", "--", "ls", "-l"}).command == Words{"ls", "-l"});
  CHECK(parsed<ExecOptions>({"exec", "-f", "x", "--strict", "--", "ls", "--version"}).command ==
        Words{"ls", "--version"});
  CHECK(parsed<ExecOptions>({"exec", "ls", "--", "-l"}).command == Words{"ls", "--", "-l"});
  CHECK(mistake({"exec"}).message.find("exec needs a command") != std::string::npos);
  CHECK(mistake({"exec", "--nope", "ls"}).message.find("unknown flag: --nope") !=
        std::string::npos);
}

TEST_CASE("serve") {
  const auto defaults = parsed<ServeOptions>({"serve"});
  CHECK(defaults.port == 8393);
  CHECK(defaults.host == "127.0.0.1");
  CHECK(defaults.concurrency == 0);
  const auto options = parsed<ServeOptions>(
      {"serve", "-p", "0", "--host", "::1", "--concurrency", "4", "--max-body", "10"});
  CHECK(options.port == 0);
  CHECK(options.host == "::1");
  CHECK(options.concurrency == 4);
  CHECK(options.server_flags == std::vector<std::string>{"--max-body", "10"});
  CHECK(parsed<ServeOptions>({"serve", "--probes", "--auth-token-file", "t"}).server_flags ==
        std::vector<std::string>{"--auth-token-file", "t", "--probes"});
}

TEST_CASE("serve has every flag of Cog's server") {
  const auto options = parsed<ServeOptions>({"serve", "--host", "127.0.0.1", "--x-mode", "train",
                                             "--threads", "4", "--await-explicit-shutdown", "true",
                                             "--upload-url", "http://localhost/up/"});
  CHECK(options.trains);
  CHECK_FALSE(parsed<ServeOptions>({"serve", "--x-mode", "predict"}).trains);
  CHECK(options.upload_url == "http://localhost/up/");
  CHECK(options.server_flags ==
        std::vector<std::string>{"--await-explicit-shutdown", "true", "--threads", "4"});
  parsed<VersionOptions>({"serve", "-v"});
  CHECK_FALSE(mistake({"serve", "--x-mode", "other"}).message.empty());
}

TEST_CASE("weights has commands of its own") {
  const auto import =
      parsed<WeightsOptions>({"weights", "import", "alpha", "beta", "--dry-run", "-v"});
  CHECK(import.action == WeightsAction::kImport);
  CHECK(import.names == std::vector<std::string>{"alpha", "beta"});
  CHECK((import.dry_run && import.verbose && !import.json));
  CHECK(parsed<WeightsOptions>({"weights", "pull", "-f", "other.yaml"}).project.file ==
        "other.yaml");
  CHECK(parsed<WeightsOptions>({"weights", "status", "--json"}).json);
  CHECK(parsed<PrintOptions>({"weights"}).text.find("Push weights to the registry") !=
        std::string::npos);
  CHECK(parsed<PrintOptions>({"--help"}).text.find("weights") == std::string::npos);
  CHECK(mistake({"weights", "improt"}).message ==
        "unexpected argument \"improt\" for \"cogpp weights\"");
  CHECK(mistake({"weights", "status", "--jsno"}).message ==
        "unknown flag: --jsno\n\nDid you mean this?\n\t--json");
}

TEST_CASE("global flags stand before or after the command") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--quiet", "init"}, {"init", "--quiet"}, {"init", "-q"}}) {
    const auto result = parse_arguments(words);
    REQUIRE(std::holds_alternative<Arguments>(result));
    CHECK(std::get<Arguments>(result).global.quiet);
  }
}

TEST_CASE("--registry is for every command") {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--registry", "a.example", "init"},
        {"login", "--registry", "a.example"},
        {"weights", "pull", "--registry", "a.example"}}) {
    const auto result = parse_arguments(words);
    REQUIRE(std::holds_alternative<Arguments>(result));
    CHECK(std::get<Arguments>(result).global.registry == "a.example");
  }
  CHECK(parsed<PrintOptions>({"help", "login"}).text.find("--registry") != std::string::npos);
  CHECK(parsed<PrintOptions>({"help", "init"}).text.find("--registry") == std::string::npos);
}

TEST_CASE("build's hidden flags") {
  const auto image = parsed<BuildImageOptions>(
                         {"build", "--strip", "--precompile", "--skip-schema-validation", "--slim"})
                         .image;
  CHECK((image.strip && image.precompile && image.skip_schema && image.slim));
  CHECK(parsed<DebugOptions>({"debug", "--image-name", "a/b"}).build.image.tag == "a/b");
  CHECK_FALSE(parsed<BuildImageOptions>({"build"}).image.cog_base_image.has_value());
  CHECK(parsed<BuildImageOptions>({"build", "--use-cog-base-image"}).image.cog_base_image == true);
  CHECK(parsed<BuildImageOptions>({"build", "--use-cog-base-image=false"}).image.cog_base_image ==
        false);
  ::setenv("TERM", "dumb", 1);
  CHECK(parsed<BuildImageOptions>({"build"}).image.progress == "plain");
  ::setenv("TERM", "xterm", 1);
  CHECK(parsed<BuildImageOptions>({"build"}).image.progress == "auto");
  ::setenv("BUILDKIT_PROGRESS", "tty", 1);
  CHECK(parsed<BuildImageOptions>({"build"}).image.progress == "tty");
  CHECK(parsed<BuildImageOptions>({"build", "--progress", "plain"}).image.progress == "plain");
  ::unsetenv("BUILDKIT_PROGRESS");
}

TEST_CASE("help and version") {
  CHECK(parsed<PrintOptions>({}).text.find("predict") != std::string::npos);
  CHECK(parsed<PrintOptions>({"--help"}).text.find("serve") != std::string::npos);
  for (const std::vector<std::string>& words : {std::vector<std::string>{"predict", "--help"},
                                                {"help", "predict"},
                                                {"help", "run"},
                                                {"run", "-h"}}) {
    const std::string text = parsed<PrintOptions>(words).text;
    CHECK(text.find("--setup-timeout") != std::string::npos);
    CHECK(text.find("cogpp predict -i") != std::string::npos);
  }
  parsed<VersionOptions>({"--version"});
  parsed<VersionOptions>({"version"});
}

TEST_CASE("mistyped commands and flags") {
  CHECK(mistake({"predcit"})
            .message.starts_with(
                "unknown command \"predcit\" for \"cogpp\"\n\nDid you mean this?\n\tpredict\n"));
  CHECK(mistake({"infer"}).message.find("\tpredict\n") != std::string::npos);
  CHECK(mistake({"new"}).message.find("\tinit\n") != std::string::npos);
  CHECK(mistake({"frobnicate"}).message.find("Did you mean") == std::string::npos);
  const UsageError flag = mistake({"predict", "--inptu", "a=1"});
  CHECK(flag.message == "unknown flag: --inptu\n\nDid you mean this?\n\t--input");
  CHECK(flag.usage.find("--setup-timeout") != std::string::npos);
  CHECK(mistake({"schema", "extra"}).message ==
        "unexpected argument \"extra\" for \"cogpp schema\"");
  CHECK(mistake({"--nope"}).message.starts_with("unknown flag: --nope"));
  CHECK(mistake({"predict", "-z"}).message == "unknown flag: -z");
  CHECK(mistake({"-z"}).message == "unknown flag: -z");
  const std::string behind = "\n\nDid you mean this?\n\tcogpp predict ";
  CHECK(mistake({"-i", "a=b"}).message == "unknown flag: -i" + behind + "-i");
  CHECK(mistake({"--input=a=b", "predict"}).message ==
        "unknown flag: --input" + behind + "--input");
  CHECK(mistake({"help", "predcit"}).message.find("\tpredict\n") != std::string::npos);
}

TEST_CASE("values that cannot be") {
  CHECK_FALSE(mistake({"serve", "-p", "70000"}).usage.empty());
  CHECK_FALSE(mistake({"serve", "-p", "abc"}).message.empty());
  for (const std::string seconds : {"0", "abc", "-5", "1.5", "4294967296"}) {
    // The range itself is in the words of the installed CLI11.
    const std::string message = mistake({"predict", "--setup-timeout=" + seconds}).message;
    CHECK(message.starts_with("--setup-timeout: Value " + seconds + " not in range "));
    CHECK(message.find("2147483647") != std::string::npos);
  }
  CHECK_FALSE(mistake({"predict", "-i"}).message.empty());
}

TEST_CASE("completion scripts know the commands and their flags") {
  for (const std::string shell : {"bash", "zsh", "fish"}) {
    const std::string script = parsed<PrintOptions>({"completion", shell}).text;
    CHECK(script.find("predict") != std::string::npos);
    CHECK(script.find("setup-timeout") != std::string::npos);
  }
  CHECK(mistake({"completion", "tcsh"}).message ==
        "unknown shell \"tcsh\"; known ones are bash, zsh, fish");
}

TEST_CASE("sources in a container") {
  using Words = std::vector<std::string>;
  const auto options = parsed<PredictOptions>(
      {"predict", "--docker", "-i", "a=1", "--gpus", "none", "--base", "b", "--secret", "id=x",
       "--progress", "plain", "--use-cog-base-image", "--dockerfile", "d", "--engine", "podman"});
  const ContainerOptions& container = options.container;
  CHECK((container.docker && container.used() && container.image.empty()));
  CHECK(container.gpus == "none");
  CHECK(container.engine == "podman");
  CHECK(container.build.base == "b");
  CHECK(container.build.secrets == Words{"id=x"});
  CHECK(container.build.progress == "plain");
  CHECK(container.build.cog_base_image == true);
  CHECK(container.build.dockerfile == "d");
  CHECK(parsed<ServeOptions>({"serve", "--docker"}).container.docker);
  CHECK(parsed<TrainOptions>({"train", "--docker"}).container.docker);
  const auto exec = parsed<ExecOptions>({"exec", "--docker", "-p", "80", "python", "--docker"});
  CHECK(exec.container.docker);
  CHECK(exec.command == Words{"python", "--docker"});
  const auto none = parsed<PredictOptions>({"predict"});
  CHECK_FALSE(none.container.used());
  CHECK_FALSE(none.container.build.cog_base_image.has_value());
  CHECK(parsed<PredictOptions>({"predict", "--use-cog-base-image=false"})
            .container.build.cog_base_image == false);
}

TEST_CASE("called cog, the program speaks as Cog") {
  CHECK(warning_of({"predict"}).empty());
  const CalledCog called;
  CHECK(warning_of({"predict", "-i", "a=1"}) == "\"cog predict\" is deprecated, use \"cog run\"");
  CHECK(parsed<PredictOptions>({"--debug", "predict", "-i", "a=1"}).inputs.pairs.size() == 1);
  CHECK(warning_of({"run"}).empty());
  const std::string train =
      "Command \"train\" is deprecated, the train command will be removed in a future version of "
      "Cog";
  CHECK(warning_of({"train"}) == train);
  CHECK(warning_of({"train", "--nope"}) == train);
  CHECK(parsed<InitOptions>({"init"}).template_name == "python");
  const std::string help = parsed<PrintOptions>({"--help"}).text;
  CHECK(help.find("cogpp") == std::string::npos);
  CHECK(help.find("  run ") != std::string::npos);
  CHECK(help.find("predict ") == std::string::npos);
  CHECK(help.find("  train ") == std::string::npos);
  for (const char* word : {"run", "predict"}) {
    const std::string usage = parsed<PrintOptions>({"help", word}).text;
    CHECK(usage.find("cog run -i") != std::string::npos);
    CHECK(usage.find("cogpp") == std::string::npos);
  }
  CHECK(mistake({"infer"}).message.starts_with(
      "unknown command \"infer\" for \"cog\"\n\nDid you mean this?\n\trun\n"));
  CHECK(mistake({"weights", "x"}).message == "unexpected argument \"x\" for \"cog weights\"");
  const std::string bash = parsed<PrintOptions>({"completion", "bash"}).text;
  CHECK(bash.find("complete -o default -F _cog cog\n") != std::string::npos);
}

TEST_CASE("the program's name in examples") {
  CHECK(named_examples("cogpp predict") == "cogpp predict");
  const CalledCog called;
  CHECK(named_examples("a cogpp predict -i x; cogpp serve") == "a cog run -i x; cog serve");
  for (const char* other :
       {"<cogpp/predictor.hpp>", "cogpp-server", "cogpp::Path", "libcogpp.so"}) {
    CHECK(named_examples(other) == other);
  }
}
