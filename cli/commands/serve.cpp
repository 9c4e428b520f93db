// cogpp serve: the prediction server in the foreground. While it is ready, the file
// `.cog/serve.json` lets `cogpp predict` use it.
#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include "cli/commands/commands.hpp"
#include "cli/commands/image_run.hpp"
#include "cli/commands/launch.hpp"
#include "cli/commands/source_run.hpp"
#include "cli/engine/owner.hpp"
#include "cli/support/environment.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/serve_state.hpp"
#include "cli/support/text.hpp"

namespace cogpp::cli {
namespace {

/// Whether the server takes the value of $COG_MAX_CONCURRENCY for more than one slot; what is no
/// number is one, with a warning of the server's.
bool says_several(const std::string& value) {
  unsigned slots = 0;
  const char* end = value.data() + value.size();
  const auto read = std::from_chars(value.data(), end, slots);
  return read.ec == std::errc() && read.ptr == end && slots > 1;
}

/// `--concurrency`, then the environment (nullopt: the server goes by it itself), then what the
/// predictor's source says, then cog.yaml.
Result<std::optional<int>> slots_of(const ServeOptions& options, const Launch& launch) {
  const Description& described = launch.predictor.description;
  const int said = described.concurrency.value_or(launch.project.concurrency);
  const int slots = options.concurrency > 0 ? options.concurrency : said;
  const std::string variable = variable_of(launch.environment, "COG_MAX_CONCURRENCY");
  const bool by_variable = options.concurrency == 0 && !variable.empty();
  const bool several = by_variable ? says_several(variable) : slots > 1;
  if (several && launch.predictor.environment && described.blocks()) {
    return Error{"--concurrency > 1 requires an async run() or predict() method"};
  }
  if (by_variable) return std::optional<int>();
  return std::optional<int>(std::min(slots, kMostSlots));
}

constexpr const char* kSchemaFile = "--schema-file";

/// The server's flags that name a file of this machine.
constexpr std::array<const char*, 2> kFileFlags = {"--auth-token-file", kSchemaFile};

/// The value of a flag among the server's; nullptr: it was not given.
template <class Flags>
auto* value_of(Flags& flags, const char* name) {
  const auto flag = std::ranges::find(flags, name);
  return flag == flags.end() ? nullptr : &*(flag + 1);
}

std::string schema_file(const ServeOptions& options) {
  const std::string* file = value_of(options.server_flags, kSchemaFile);
  return file == nullptr ? std::string() : *file;
}

/// The server's own, for a project and for an image alike. It runs in the project's folder,
/// this program in the user's.
std::vector<std::string> own_flags(const ServeOptions& options) {
  std::vector<std::string> flags = options.server_flags;
  for (const char* name : kFileFlags) {
    std::error_code ignored;
    std::string* file = value_of(flags, name);
    if (file != nullptr) *file = std::filesystem::absolute(*file, ignored).string();
  }
  if (!options.upload_url.empty()) append(flags, {"--upload-url", options.upload_url});
  if (options.trains) append(flags, {"--x-mode", "train"});
  return flags;
}

std::vector<std::string> server_arguments(const ServeOptions& options, const Launch& launch,
                                          const std::optional<int>& slots) {
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  std::vector<std::string> arguments = {"--host", host, "--port", std::to_string(options.port)};
  if (slots) append(arguments, {"--concurrency", std::to_string(*slots)});
  if (options.run.setup_timeout > 0) {
    append(arguments, {"--setup-timeout", std::to_string(options.run.setup_timeout)});
  }
  append(arguments, own_flags(options));
  if (schema_file(options).empty()) append(arguments, schema_arguments(launch));
  return arguments;
}

/// Loopback addresses are shown as people type them (cog-cli §3.5).
std::string address(const std::string& host, int port) {
  const std::string at_port = ":" + std::to_string(port);
  if (host == "127.0.0.1" || host == "::1" || host == "localhost") {
    return "http://localhost" + at_port;
  }
  if (host == "0.0.0.0" || host == "::") {
    const std::string shown = host == "::" ? "[::]" : host;
    return "http://" + shown + at_port + " (http://localhost" + at_port + ")";
  }
  return "http://" + (host.find(':') != std::string::npos ? "[" + host + "]" : host) + at_port;
}

/// Whether `cogpp predict` may use it. With an upload URL file outputs become links, which
/// predict does not promise; it has no token but that of the environment, which the server
/// has too; it checks inputs by the predictor's own types; and a server that trains predicts
/// nothing.
bool serves_predict(const ServeOptions& options) {
  const bool differs = std::ranges::any_of(options.server_flags, [](const std::string& flag) {
    return std::ranges::find(kFileFlags, flag) != kFileFlags.end();
  });
  return options.upload_url.empty() && !differs && !options.trains;
}

/// An address that a client on this machine can connect to.
std::string reachable(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

void tell_address(const ServeOptions& options, const Engine& engine, int port, Console& console) {
  if (!engine_is_local(engine)) {
    console.info("Using Docker daemon at " + engine_host(engine) + "; the server will bind to " +
                 options.host + " on that host, not this machine.");
  }
  console.info("");
  console.info("Serving at " + address(options.host, port));
  console.info("");
}

/// A server without the file that its user names would run unchecked, or open to everybody. A
/// container gets regular files alone: a pipe of this process is nothing to the engine.
Status check_files(const std::vector<std::string>& flags, bool for_container) {
  for (const char* name : kFileFlags) {
    const std::string* file = value_of(flags, name);
    if (file == nullptr) continue;
    std::error_code error;
    const std::filesystem::file_status status = std::filesystem::status(*file, error);
    const std::string what = std::string(name) + " " + *file + ": ";
    if (!std::filesystem::exists(status) || std::filesystem::is_directory(status)) {
      return Error{what + "there is no such file"};
    }
    if (for_container && !std::filesystem::is_regular_file(status)) {
      return Error{what + "a container takes regular files only. Copy it to one"};
    }
  }
  return {};
}

/// Makes the files that flags name stand in the container, and the flags name them there.
std::vector<Mount> mount_files(std::vector<std::string>& flags) {
  std::vector<Mount> mounts;
  for (const char* name : kFileFlags) {
    std::string* file = value_of(flags, name);
    if (file == nullptr) continue;
    const std::string target = std::string("/run/cogpp/") + (name + 2);
    mounts.push_back({.source = *file, .target = target, .read_only = true});
    *file = target;
  }
  return mounts;
}

/// A server in a container, with its logs as they are, until it ends or a signal arrives.
Status serve_container(const ServeOptions& options, const ImageRun& run, Context& context) {
  std::vector<std::string> flags = own_flags(options);
  const std::vector<Mount> files = mount_files(flags);
  ContainerPlan plan = container_plan(run, options.run, flags);
  plan.mounts.insert(plan.mounts.end(), files.begin(), files.end());
  give_token(run.model, plan);
  plan.environment.emplace_back("LOG_FORMAT=console");
  append(plan.environment, log_rules());
  if (options.run.setup_timeout > 0) {
    plan.environment.push_back("COG_SETUP_TIMEOUT=" + std::to_string(options.run.setup_timeout));
  }
  if (options.concurrency > 0) {
    plan.environment.push_back("COG_MAX_CONCURRENCY=" + std::to_string(options.concurrency));
  }
  plan.host_gateway = !options.upload_url.empty();
  const std::string host = options.host == "localhost" ? "127.0.0.1" : options.host;
  plan.ports = {PortMapping{.host = host, .host_port = options.port}};
  if (options.container.docker) {
    if (plan.arguments.empty()) plan.arguments = run.model.command;
    tell_command(plan.arguments, context.console);
  }
  Result<Container> container =
      Container::start(run.engine, plan, Container::Logs::kInherit, context);
  if (!container) return container.error();
  const Result<Endpoint> endpoint = container->wait_until_published();
  if (!endpoint) return endpoint.error();
  tell_address(options, run.engine, endpoint->port, context.console);
  const Result<bool> ended = container->run_to_end();
  return ended ? Status{} : Status{ended.error()};
}

Status serve_image(const ServeOptions& options, Context& context) {
  const Result<ImageRun> run = prepare_image(options.container, options.run.project, context);
  if (!run) return run.error();
  const Status runs = options.trains ? check_trains(*run) : Status{};
  return runs ? serve_container(options, *run, context) : runs;
}

Status serve_sources(const ServeOptions& options, Context& context) {
  const Result<Project> project = open_project(options.run.project, context.console);
  if (!project) return project.error();
  if (!options.trains) {
    if (const Status predicts = check_predicts(*project); !predicts) return predicts;
  }
  Result<ImageRun> run = prepare_sources(*project, options.container, SourceImage::kModel, context);
  if (!run) return run.error();
  if (options.trains && !run->model.trains) return no_training(*project);
  if (project->kind == PredictorKind::kPython) {
    run->model.command = {"python", "--check-hash-based-pycs", "never", "-m",
                          "cog.server.http"};  // as Cog (cog-cli §3.5)
  }
  return serve_container(options, *run, context);
}

/// `cogpp serve` of the project's folder, on this machine.
Status serve_folder(const ServeOptions& options, Context& context) {
  RunOptions run = options.run;
  run.build.schema = {kSchemaFile, schema_file(options)};
  const Result<Launch> launch = prepare_launch(run, context);
  if (!launch) return launch.error();
  const Status runs = options.trains ? check_trains(launch->project, launch->predictor.description)
                                     : check_predicts(launch->project);
  if (!runs) return runs;
  const Result<std::optional<int>> slots = slots_of(options, *launch);
  if (!slots) return slots.error();
  const Result<CacheUse> environment = prepare_worker(*launch, context);
  if (!environment) return environment.error();
  ServerPlan plan = plan_of(*launch, options.run);
  plan.server_arguments = server_arguments(options, *launch, *slots);
  plan.logs = ServerLogs::kInherit;
  Result<ServerProcess> server = ServerProcess::start(plan, context);
  if (!server) return server.error();
  const Result<Endpoint> endpoint = server->wait_until_listening();
  if (!endpoint) return endpoint.error();
  context.console.info("");
  context.console.info("Serving at " + address(endpoint->host, endpoint->port));
  context.console.info("");

  const Status ready = server->wait_until_ready(std::nullopt);
  if (!ready && ready.error() == interrupted()) return ready;
  std::optional<ServeState> state;
  if (!ready) {
    context.console.error(ready.error().message +
                          ". The server stays up and answers predictions with status 503");
  } else if (serves_predict(options) && is_loopback(reachable(endpoint->host))) {
    Result<ServeState> published = ServeState::publish(
        state_directory(launch->project), {reachable(endpoint->host), endpoint->port}, launch->key);
    if (published) {
      state.emplace(std::move(*published));
    } else {
      context.console.warn(program_name() + " " + predict_name() +
                           " will not find this server: " + published.error().message);
    }
  }
  const Result<bool> ended = server->run_to_end();
  return ended ? Status{} : Status{ended.error()};
}

}  // namespace

Status run_serve(const ServeOptions& options, Context& context) {
  if (const Status valid = check_container_flags(options.run, options.container); !valid) {
    return valid;
  }
  const Status there = check_files(own_flags(options), options.container.used());
  if (!there) return there;
  const Status served = !options.container.used()  ? serve_folder(options, context)
                        : options.container.docker ? serve_sources(options, context)
                                                   : serve_image(options, context);
  const Status ended = or_interrupted(served, context.interrupt);
  // A signal is how serve is meant to end, at any time.
  return !ended && ended.error() == interrupted() ? Status{} : ended;
}

}  // namespace cogpp::cli
