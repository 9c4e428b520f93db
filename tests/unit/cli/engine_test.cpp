// What is said to engines and read from them. Real engines are met in tests/e2e.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/commands/image_run.hpp"
#include "cli/dockerfile/base_image.hpp"
#include "cli/engine/containers.hpp"
#include "cli/engine/images.hpp"
#include "cli/engine/model.hpp"
#include "cli/engine/owner.hpp"
#include "cli/support/base64.hpp"
#include "cli/support/files.hpp"

using namespace cogpp::cli;
namespace fs = std::filesystem;

namespace {

using Words = std::vector<std::string>;

bool has(const Words& words, const std::string& flag, const std::string& value) {
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == flag && words[i + 1] == value) return true;
  }
  return false;
}

std::string port_message(const std::string& text) {
  const auto port = parse_publish(text);
  REQUIRE_FALSE(port.ok());
  return port.error().message;
}

ImageInfo labelled(const std::string& config, const std::string& schema = "") {
  ImageInfo info{.labels = {{"run.cog.config", config}}};
  if (!schema.empty()) info.labels["run.cog.openapi_schema"] = schema;
  return info;
}

/// A program in docker's place: what it does for a command line is set by answer().
struct StandInEngine {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  fs::path place = directory.path() / "docker";
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), &std::fclose};
  Console console{{}, file.get()};
  Context context{
      .installation = {}, .cache = {}, .interrupt = *Interrupt::create(), .console = console};

  StandInEngine() {
    ::unsetenv("DOCKER_HOST");
    ::unsetenv("DOCKER_CONTEXT");
    answer("version --format {{.Client.Version}} {{.Server.Version}}", "echo 20.10.24 20.10.24");
  }

  /// The last answer to the same words counts.
  void answer(const std::string& words, const std::string& script) {
    cases = "'" + words + "') " + script + " ;;\n" + cases;
    REQUIRE(
        write_file(place, "#!/bin/sh\ncase \"$*\" in\n" + cases + "*) exit 9 ;;\nesac\n", 0755));
  }
  Engine engine() const { return {.kind = EngineKind::kDocker, .program = place}; }
  std::string address(EngineUse use) {
    const auto found = find_engine(place.string(), use, context);
    INFO((found ? "" : found.error().message));
    REQUIRE(found);
    return found->address;
  }

  std::string cases;
};

}  // namespace

TEST_CASE("what a container's server logs") {
  const Words given = {"COG_LOG_LEVEL=info", "A=1"};
  ::unsetenv("RUST_LOG");
  const std::string model =
      "RUST_LOG=warn,coglet::prediction=info,coglet::setup=info,"
      "coglet::user=info";
  // The last one of a name counts.
  CHECK(log_environment(given, "/predictions", false) ==
        Words{model, "COG_LOG_LEVEL=info", "A=1", "COG_LOG_LEVEL=warning"});
  CHECK(log_environment(given, "/predictions", true) ==
        Words{"COG_LOG_LEVEL=info", "A=1", "COG_LOG_LEVEL=debug"});
  CHECK(log_rules().empty());
  ::setenv("RUST_LOG", "error", 1);
  CHECK(log_environment({"RUST_LOG=x"}, "/predictions", false) ==
        Words{"RUST_LOG=x", "RUST_LOG=error", "COG_LOG_LEVEL=warning"});
  CHECK(log_environment({}, "/trainings", false) == Words{model, "COG_LOG_LEVEL=warning"});
  CHECK(log_rules() == Words{"RUST_LOG=error"});
  ::unsetenv("RUST_LOG");
}

TEST_CASE("how the image of the sources is made is checked before an engine is asked") {
  ContainerOptions container{.docker = true};
  CHECK(check_container_flags({}, container));
  container.build.progress = "foo";
  CHECK(check_container_flags({}, container).error().message ==
        "--progress foo: must be auto, tty, plain or quiet");
  // Nothing is made where an image is named.
  CHECK(check_container_flags({}, {.image = "m", .build = container.build}));
  container.build.progress = "auto";
  container.build.secrets = {"id=a,env=COGPP_NOT_SET"};
  CHECK(check_container_flags({}, container).error().message ==
        "--secret id=a,env=COGPP_NOT_SET: the environment variable COGPP_NOT_SET is not set");
  container.build = {.base = "debian", .cuda_base_image = "false"};
  CHECK(check_container_flags({}, container).error().message.find("mutually exclusive") !=
        std::string::npos);
}

TEST_CASE("the token of a container's server is the flags' or the image's") {
  const ImageModel model{.image = "m", .environment = {"COGPP_AUTH_TOKEN=image"}};
  const auto plan_with = [](const ImageModel& image, Words given) {
    RunOptions options;
    options.environment = std::move(given);
    return container_plan({.engine = {}, .model = image, .gpus = {}}, options, {});
  };
  for (const char* here : {"", "here"}) {
    INFO(here);
    ::setenv("COGPP_AUTH_TOKEN", here, 1);
    // An image that is only run once is not to know this machine's.
    const ContainerPlan plain = plan_with({.image = "m"}, {"A=1"});
    CHECK(plain.token.empty());
    CHECK(plain.environment == Words{"A=1"});
    CHECK(plan_with(model, {}).token == "image");
    const ContainerPlan flags = plan_with(model, {"A=1", "COGPP_AUTH_TOKEN=flag"});
    CHECK(flags.token == "flag");
    CHECK(flags.environment == Words{"A=1", "COGPP_AUTH_TOKEN=flag"});
    // An image that names the variable without a value does not get this machine's sent.
    CHECK(plan_with({.image = "m", .environment = {"COGPP_AUTH_TOKEN"}}, {}).token.empty());
  }
  ::unsetenv("COGPP_AUTH_TOKEN");
}

TEST_CASE("a variable that -e names without a value is told to the engine by its name") {
  ::setenv("COGPP_AUTH_TOKEN", "here", 1);
  RunOptions options;
  options.environment = {"A=1", "COGPP_AUTH_TOKEN", "COGPP_NOT_SET"};
  const ImageRun run{.engine = {},
                     .model = {.image = "m", .environment = {"COGPP_AUTH_TOKEN=image"}},
                     .gpus = {},
                     .environment = {"HOME=/tmp"}};
  const ContainerPlan plan = container_plan(run, options, {});
  CHECK(plan.environment == Words{"HOME=/tmp", "A=1", "COGPP_AUTH_TOKEN"});
  CHECK(plan.token == "here");
  ::unsetenv("COGPP_AUTH_TOKEN");
  CHECK(container_plan(run, options, {}).token == "image");
}

TEST_CASE("a server that is to be reached asks for this machine's token") {
  const ImageModel plain{.image = "m"};
  const auto plan_with = [](const ImageModel& image, Words environment, std::string token) {
    ContainerPlan plan{
        .image = image.image, .environment = std::move(environment), .token = std::move(token)};
    give_token(image, plan);
    return plan;
  };
  ::unsetenv("COGPP_AUTH_TOKEN");
  CHECK(plan_with(plain, {"A=1"}, "").environment == Words{"A=1"});
  ::setenv("COGPP_AUTH_TOKEN", "here", 1);
  const ContainerPlan here = plan_with(plain, {"A=1"}, "");
  CHECK(here.token == "here");
  CHECK(here.environment == Words{"COGPP_AUTH_TOKEN", "A=1"});
  CHECK(has(run_arguments(EngineKind::kDocker, here, "name"), "--env", "COGPP_AUTH_TOKEN"));
  const ContainerPlan flag = plan_with(plain, {"COGPP_AUTH_TOKEN=flag"}, "flag");
  CHECK(flag.token == "flag");
  CHECK(flag.environment == Words{"COGPP_AUTH_TOKEN=flag"});
  // `environment` of cog.yaml counts before this machine's, as without a container.
  const ImageModel asking{.image = "m", .environment = {"COGPP_AUTH_TOKEN=image"}};
  const ContainerPlan image = plan_with(asking, {}, "image");
  CHECK(image.token == "image");
  CHECK(image.environment.empty());
  ::unsetenv("COGPP_AUTH_TOKEN");
}

TEST_CASE("a container's arguments") {
  const ContainerPlan plan{.image = "you/model",
                           .arguments = {"serve", "it"},
                           .environment = {"A=1 2"},
                           .mounts = {{.source = "/home/x", .target = "/src", .read_only = true}},
                           .ports = {{.host_port = 80}, {.host = "::1"}},
                           .gpus = "device=0,1",
                           .directory = "/src"};
  const Words words = run_arguments(EngineKind::kDocker, plan, "name");
  CHECK(words.front() == "run");
  CHECK(Words(words.end() - 3, words.end()) == Words{"you/model", "serve", "it"});
  CHECK(has(words, "--env", "A=1 2"));
  CHECK(has(words, "--mount", "type=bind,source=/home/x,target=/src,readonly"));
  CHECK(has(words, "--publish", "127.0.0.1:80:5000"));
  CHECK(has(words, "--publish", "[::1]::5000"));
  CHECK(has(words, "--gpus", "\"device=0,1\""));  // Docker reads it as CSV
  CHECK(has(words, "--label", "run.cogpp.owner=" + own_identity()));
  const auto gateway = std::pair("--add-host", "host.docker.internal:host-gateway");
  CHECK_FALSE(has(words, gateway.first, gateway.second));
  const ContainerPlan uploading{.image = "m", .host_gateway = true};
  CHECK(has(run_arguments(EngineKind::kDocker, uploading, "n"), gateway.first, gateway.second));
  const Words podman = run_arguments(EngineKind::kPodman, plan, "name");
  CHECK(has(podman, "--device", "nvidia.com/gpu=0"));
  CHECK(has(podman, "--device", "nvidia.com/gpu=1"));
}

TEST_CASE("a container of sources runs as its caller") {
  const ContainerPlan plan{
      .image = "m", .mounts = {{.source = "/a,b:c\"", .target = "/src"}}, .user = "5:6"};
  const Words docker = run_arguments(EngineKind::kDocker, plan, "name");
  CHECK(has(docker, "--user", "5:6"));
  CHECK(has(docker, "--mount", "type=bind,\"source=/a,b:c\"\"\",target=/src"));
  CHECK_FALSE(has(docker, "--userns", "keep-id"));
  CHECK(has(run_arguments(EngineKind::kPodman, plan, "name"), "--userns", "keep-id"));
  const ContainerPlan root{.image = "m", .user = "0:0"};
  CHECK_FALSE(has(run_arguments(EngineKind::kPodman, root, "name"), "--userns", "keep-id"));
}

TEST_CASE("how set-up stands") {
  for (const char* waiting : {"STARTING", "UNKNOWN"}) {
    INFO(waiting);
    CHECK_FALSE(settled_health(std::string("{\"status\":\"") + waiting + "\"}"));
  }
  for (const char* ready : {"READY", "BUSY", "UNHEALTHY"}) {
    INFO(ready);
    CHECK(settled_health(std::string("{\"status\":\"") + ready + "\"}").value().ok());
  }
  CHECK(settled_health("{\"status\":\"SETUP_FAILED\"}").value().error().message ==
        "Model setup failed");
  CHECK(settled_health(R"({"status":"SETUP_FAILED","setup":{"logs":"reading\nno file a.bin\n"}})")
            .value()
            .error()
            .message == "Model setup failed: no file a.bin");
  CHECK(settled_health("{\"status\":\"DEFUNCT\"}").value().error().message ==
        "Container healthcheck returned unexpected status: DEFUNCT");
  CHECK_FALSE(settled_health("3").value().ok());
}

TEST_CASE("where the engine is") {
  const auto host = [](const char* address) {
    Engine engine;
    engine.address = address;
    return engine_host(engine) + (engine_is_local(engine) ? " here" : "");
  };
  CHECK(host("") == "127.0.0.1 here");
  CHECK(host("unix:///run/docker.sock") == "127.0.0.1 here");
  CHECK(host("tcp://127.0.0.1:2375") == "127.0.0.1 here");
  CHECK(host("tcp://[::1]:2375") == "::1 here");
  CHECK(host("tcp://far:2375") == "far");
  CHECK(host("ssh://me@far/run") == "far");
}

TEST_CASE_METHOD(StandInEngine, "docker says itself where it is") {
  answer("context inspect --format {{.Endpoints.docker.Host}}",
         "if [ \"$DOCKER_CONTEXT\" = away ]; then echo ssh://me@far; else echo unix:///d.sock; fi");
  CHECK(address(EngineUse::kRun) == "unix:///d.sock");
  ::setenv("DOCKER_CONTEXT", "away", 1);
  CHECK(address(EngineUse::kBuildAndRun) == "ssh://me@far");
  // Whoever runs nothing there need not know.
  CHECK(address(EngineUse::kStore).empty());
  ::setenv("DOCKER_HOST", "tcp://near:2375", 1);
  CHECK(address(EngineUse::kRun) == "tcp://near:2375");
  ::setenv("DOCKER_HOST", "", 1);
  CHECK(address(EngineUse::kRun) == "ssh://me@far");
  answer("context inspect --format {{.Endpoints.docker.Host}}", "echo unknown >&2; exit 1");
  CHECK(address(EngineUse::kRun).empty());
  ::unsetenv("DOCKER_HOST");
  ::unsetenv("DOCKER_CONTEXT");
}

TEST_CASE_METHOD(StandInEngine, "why an image could not be fetched, in the engine's words") {
  const auto failure = [&](const std::string& words) {
    answer("pull you/model", "echo progress; echo '" + words + "' >&2; exit 1");
    const auto pulled = pull_image(engine(), "you/model", context);
    REQUIRE_FALSE(pulled);
    return pulled.error().message;
  };
  CHECK(failure("Error response from daemon: manifest for you/model not found: manifest unknown") ==
        "image you/model: image not found");
  CHECK(failure("Error response from daemon: name unknown: no such repository") ==
        "image you/model: image not found");
  CHECK(failure("Error response from daemon: Get \"https://r/v2/\": connection refused\nmore") ==
        "image you/model: Error response from daemon: Get \"https://r/v2/\": connection refused");
  CHECK(pull_error({.kind = EngineKind::kPodman, .program = "/bin/podman"}, "m", "").message ==
        "image m: podman could not fetch it, see its output above");
  answer("pull you/model", "true");
  CHECK(pull_image(engine(), "you/model", context));
}

TEST_CASE_METHOD(StandInEngine, "an image that is not there cannot be exported") {
  answer("save --output f you/model", "echo 'reference does not exist' >&2; exit 1");
  answer("inspect --type image you/model", "echo 'Error: No such image: you/model' >&2; exit 1");
  CHECK(save_image(engine(), "you/model", "f", context).error().message ==
        "tag not found: \"you/model\". Build it first: cogpp build -t you/model");
  answer("inspect --type image you/model", "echo '[{\"Id\": \"sha256:0\"}]'");
  CHECK(save_image(engine(), "you/model", "f", context).error().message ==
        place.string() + " could not export you/model: reference does not exist");
}

TEST_CASE_METHOD(StandInEngine, "each form of COG_CA_CERT reaches the build of a base") {
  const std::string pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const fs::path prefix = directory.path() / "prefix";
  const fs::path authorities = directory.path() / "authorities";
  for (const char* place_of_file :
       {"bin/cogpp", "bin/cogpp-server", "bin/cogpp-worker", "include/cogpp/a", "lib/cogpp/deps",
        "lib/cmake/cogpp/a", "share/cogpp/Dockerfile.gpu"}) {
    fs::create_directories((prefix / place_of_file).parent_path());
    REQUIRE(write_file(prefix / place_of_file, "x"));
  }
  fs::create_directories(authorities);
  REQUIRE(write_file(authorities / "one.crt", pem));
  context.cache = directory.path() / "cache";
  const fs::path kept = directory.path() / "kept";
  // Keeps the file that the build's secret names.
  REQUIRE(
      write_file(place,
                 "#!/bin/sh\nif [ \"$1\" = inspect ]; then echo 'No such image' >&2; exit 1; fi\n"
                 "for word; do case \"$word\" in id=ca,src=*) cp \"${word#*src=}\" " +
                     kept.string() + " ;; esac; done\n",
                 0755));
  const BaseImage base{.base = "debian", .runtime = "r", .compiler = "c", .installation = {prefix}};
  std::string base64;
  append_base64(base64, pem);
  for (const std::string& value :
       {(authorities / "one.crt").string(), authorities.string(), pem, base64}) {
    ::setenv("COG_CA_CERT", value.c_str(), 1);
    fs::remove(kept);
    REQUIRE(make_base_image(engine(), base, false, "plain", context));
    INFO(value);
    const auto secret = read_file(kept);
    REQUIRE(secret);
    CHECK(*secret == pem);
  }
  ::setenv("COG_CA_CERT", "/no/such/file", 1);
  CHECK(make_base_image(engine(), base, false, "plain", context)
            .error()
            .message.starts_with("COG_CA_CERT"));
  ::unsetenv("COG_CA_CERT");
}

TEST_CASE("how a build shows its progress") {
  ImageBuild build{.dockerfile = "/d/Dockerfile", .context = "/d/context"};
  for (const char* progress : {"auto", "tty", "plain"}) {
    build.progress = progress;
    CHECK(has(build_arguments(EngineKind::kDocker, build), "--progress", progress));
    CHECK_FALSE(has(build_arguments(EngineKind::kPodman, build), "--progress", progress));
  }
  build.progress = "quiet";
  const Words quiet = build_arguments(EngineKind::kDocker, build);
  CHECK(std::find(quiet.begin(), quiet.end(), "--quiet") != quiet.end());
  CHECK(std::find(quiet.begin(), quiet.end(), "--progress") == quiet.end());
  build.progress.clear();
  const Words usual = build_arguments(EngineKind::kDocker, build);
  CHECK(std::find(usual.begin(), usual.end(), "--progress") == usual.end());
}

TEST_CASE("a build's time is told in each engine's own way") {
  ImageBuild build{.dockerfile = "/d/Dockerfile", .context = "/d/context", .tag = "you/model"};
  CHECK(build_arguments(EngineKind::kDocker, build).back() == "/d/context");
  CHECK_FALSE(has(build_arguments(EngineKind::kPodman, build), "--timestamp", "0"));
  build.time = 0;
  const Words docker = build_arguments(EngineKind::kDocker, build);
  CHECK(has(docker, "--build-arg", "SOURCE_DATE_EPOCH=0"));
  CHECK_FALSE(has(docker, "--timestamp", "0"));
  for (const EngineKind kind : {EngineKind::kPodman, EngineKind::kBuildah}) {
    CHECK(has(build_arguments(kind, build), "--timestamp", "0"));
  }
}

TEST_CASE("which GPUs") {
  for (const char* good : {"", "all", "none", "2", "device=0", "device=0,1"}) {
    INFO(good);
    CHECK(check_gpus(good).ok());
  }
  for (const char* bad : {"some", "-1", "device=", "1x"}) {
    INFO(bad);
    REQUIRE_FALSE(check_gpus(bad).ok());
    CHECK(check_gpus(bad).error().message ==
          std::string("invalid GPU specification: \"") + bad + "\"");
  }
}

TEST_CASE("ports of --publish") {
  const auto plain = parse_publish("8080");
  REQUIRE(plain.ok());
  CHECK(plain->host == "127.0.0.1");
  CHECK(plain->host_port == 8080);
  CHECK(plain->container_port == 8080);
  CHECK(parse_publish("0.0.0.0:1")->host == "0.0.0.0");
  CHECK(parse_publish("::1:9")->host == "::1");
  CHECK(parse_publish("[::1]:9")->host == "::1");
  CHECK(port_message("") == "invalid port \"\": value cannot be empty");
  CHECK(port_message("[::1") == "invalid port \"[::1\": missing closing bracket for IPv6 address");
  CHECK(port_message("[::1]") == "invalid port \"[::1]\": port is required after IPv6 address");
  CHECK(port_message("[::1]9") == "invalid port \"[::1]9\": expected ':' after ']'");
  CHECK(port_message(":9") == "invalid port \":9\": host cannot be empty");
  CHECK(port_message("abc") ==
        "invalid port \"abc\": strconv.Atoi: parsing \"abc\": invalid syntax");
  CHECK(port_message("70000") == "invalid port \"70000\": port must be between 1 and 65535");
}

TEST_CASE("who lives is not abandoned") {
  const std::string own = own_identity();
  CHECK_FALSE(is_abandoned(own));
  CHECK(is_abandoned(own + "0"));  // the same id, started at another time
  const auto pid = own.rfind('/', own.rfind('/') - 1);
  CHECK(is_abandoned(own.substr(0, pid) + "/999999999/1"));
  CHECK_FALSE(is_abandoned("elsewhere/pid:[1]/999999999/1"));
  CHECK_FALSE(is_abandoned(""));
  CHECK(container_name() != container_name());
}

TEST_CASE("what the labels say") {
  CHECK(read_model("m", {}).error().message == "image m: image is not a Cog model");
  CHECK_FALSE(read_model("m", labelled("{")).ok());
  CHECK(read_model("m", labelled(R"({"build":{"gpu":true}})"))->gpu);
  CHECK(read_model("m", labelled(R"({"train":"t.py:train"})"))->trains);
  for (const char* odd : {"[]", "3", R"({"build":[]})", R"({"build":{"gpu":"yes"},"train":1})"}) {
    INFO(odd);
    const auto model = read_model("m", labelled(odd, "[]"));
    REQUIRE(model.ok());
    CHECK_FALSE(model->gpu);
    CHECK_FALSE(model->trains);
    CHECK_FALSE(model->document);
  }
  const ImageInfo old{.labels = {{"org.cogmodel.config", "{}"},
                                 {"org.cogmodel.openapi_schema", R"({"paths":{}})"}}};
  CHECK(read_model("m", old)->document);
}

TEST_CASE("flags of the server stand before the worker's command") {
  ImageModel model{.image = "m", .command = {"cogpp-server", "--", "worker", "--device", "cuda"}};
  CHECK(server_command(model, {}, false).empty());
  CHECK(server_command(model, {"-x"}, false) ==
        Words{"cogpp-server", "-x", "--", "worker", "--device", "cuda"});
  CHECK(server_command(model, {}, true) ==
        Words{"cogpp-server", "--", "worker", "--device", "cpu"});
  model.command = {"python", "-m", "cog.server.http"};
  CHECK(server_command(model, {}, true).empty());
  CHECK(server_command(model, {"--x-mode", "train"}, true) ==
        Words{"python", "-m", "cog.server.http", "--x-mode", "train"});
}

TEST_CASE("what inspect prints") {
  const auto docker =
      parse_image_info(R"([{"Id":"sha256:a","Size":7,"Config":{"Cmd":["c"],"Env":["A=1"],
      "Labels":{"l":"v"}},"RootFS":{"Layers":["sha256:b"]}}])");
  REQUIRE(docker.ok());
  CHECK(docker->id == "sha256:a");
  CHECK(docker->size == 7);
  CHECK(docker->command == Words{"c"});
  CHECK(docker->environment == Words{"A=1"});
  CHECK(docker->labels.at("l") == "v");
  CHECK(docker->layers == Words{"sha256:b"});
  CHECK(parse_image_info(R"([{"Id":"a","Config":{"Labels":null}}])")->id == "sha256:a");
  CHECK_FALSE(parse_image_info("[]").ok());
  CHECK_FALSE(parse_image_info("Error").ok());
}
