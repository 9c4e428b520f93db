// An engine is taken when it answers: a docker client without its daemon, or one that
// cannot build, is passed over for the next.
#include "cli/engine/engine.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/support/paths.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// From this release on the docker client builds with a plugin, which may be missing.
constexpr int kFirstWithPlugin = 23;

constexpr const char* kInstallEngine =
    "Install one (Debian, Ubuntu: apt-get install docker.io, or podman) and start it, or name its "
    "program with --engine";

const char* engine_name(EngineKind kind) {
  switch (kind) {
    case EngineKind::kPodman:
      return "podman";
    case EngineKind::kBuildah:
      return "buildah";
    case EngineKind::kDocker:
      break;
  }
  return "docker";
}

/// Every executable of this name in PATH: the first may lack its plugin.
std::vector<fs::path> programs_named(const std::string& name) {
  std::vector<fs::path> found;
  for (const fs::path& directory : search_path()) {
    const std::optional<fs::path> program = find_program((directory / name).string());
    std::error_code ignored;
    const auto same = [&](const fs::path& other) {
      return fs::equivalent(other, *program, ignored);
    };
    // /bin is often another name of /usr/bin.
    if (program && std::none_of(found.begin(), found.end(), same)) found.push_back(*program);
  }
  return found;
}

/// Where its containers will run: docker's own answer, since a context of its configuration
/// or $DOCKER_CONTEXT may name another machine (cog-cli §7.1). One that does not know is here.
Status locate(Engine& engine, Context& context, std::chrono::milliseconds limit) {
  engine.address = environment_variable("DOCKER_HOST");
  if (!engine.address.empty()) return {};
  const Result<std::string> answer =
      ask_engine(engine, {"context", "inspect", "--format", "{{.Endpoints.docker.Host}}"},
                 engine.program.string() + " does not know its context", context, limit);
  if (!answer && answer.error() == interrupted()) return answer.error();
  if (!answer) context.console.debug(answer.error().message);
  engine.address = answer ? first_line(*answer) : "";
  return {};
}

/// Before the reason why it does not: podman's own words begin with advice.
std::string no_answer(const Engine& engine) {
  const std::string what = engine.program.string() + " does not answer";
  const std::string host = environment_variable("CONTAINER_HOST");
  if (engine.kind != EngineKind::kPodman || host.empty()) return what;
  return what + " at " + host + " ($CONTAINER_HOST)";
}

/// Asks one program, and where it is; the error says why it cannot be used.
Status check_engine(Engine& engine, EngineUse use, Context& context,
                    std::chrono::milliseconds limit) {
  const std::string shown = engine.program.string();
  if (engine.kind == EngineKind::kBuildah) {
    if (use == EngineUse::kRun || use == EngineUse::kBuildAndRun) {
      return Error{shown + " builds images, but runs none"};
    }
    const Result<std::string> version = ask_engine(engine, {"--version"}, shown, context, limit);
    return version ? Status{} : Status{version.error()};
  }
  const char* format = engine.kind == EngineKind::kPodman
                           ? "{{.Client.Version}}"
                           : "{{.Client.Version}} {{.Server.Version}}";
  const Result<std::string> version =
      ask_engine(engine, {"version", "--format", format}, no_answer(engine), context, limit);
  if (!version) return version.error();
  if (engine.kind != EngineKind::kDocker) return {};
  if (use == EngineUse::kRun || use == EngineUse::kBuildAndRun) {
    if (const Status located = locate(engine, context, limit); !located) return located;
  }
  if (use == EngineUse::kRun || use == EngineUse::kStore) return {};
  int major = 0;
  std::from_chars(version->data(), version->data() + version->size(), major);
  if (major < kFirstWithPlugin) return {};
  const Result<std::string> plugin =
      ask_engine(engine, {"buildx", "version"}, shown, context, limit);
  if (plugin || plugin.error() == interrupted()) return plugin ? Status{} : Status{plugin.error()};
  return Error{shown + " cannot build: its plugin buildx is missing (docker-buildx-plugin)"};
}

Result<Engine> find_given(const std::string& choice, EngineUse use, Context& context,
                          std::chrono::milliseconds limit) {
  const std::optional<fs::path> program = find_program(choice);
  if (!program) {
    return Error{"the container engine " + choice + " was not found. " + kInstallEngine};
  }
  Engine engine{.kind = EngineKind::kDocker, .program = *program};
  const std::string name = program->filename().string();
  if (name.find("podman") != std::string::npos) engine.kind = EngineKind::kPodman;
  if (name.find("buildah") != std::string::npos) engine.kind = EngineKind::kBuildah;
  const Status usable = check_engine(engine, use, context, limit);
  if (usable) return engine;
  if (usable.error() == interrupted()) return usable.error();
  return Error{"the container engine cannot be used: " + usable.error().message};
}

}  // namespace

Command Engine::command(std::vector<std::string> arguments) const {
  Command command{.program = program, .arguments = std::move(arguments)};
  if (kind == EngineKind::kDocker) command.environment = {"DOCKER_BUILDKIT=1"};
  return command;
}

Result<std::string> ask_engine(const Engine& engine, std::vector<std::string> arguments,
                               const std::string& what, Context& context,
                               std::chrono::milliseconds limit) {
  Command command = engine.command(std::move(arguments));
  command.limit = limit;
  Result<Finished> finished = run(command, context.interrupt, context.console);
  if (!finished && finished.error() == interrupted()) return finished.error();
  if (!finished) return Error{what + ": " + finished.error().message};
  if (finished->status == 0) return std::move(finished->output);
  const std::string words = finished->errors.empty() ? finished->output : finished->errors;
  return Error{what + ": " +
               (words.empty() ? "status " + std::to_string(finished->status) : first_line(words))};
}

Result<Engine> find_engine(const std::string& choice, EngineUse use, Context& context,
                           std::chrono::milliseconds limit) {
  const std::string given = choice.empty() ? environment_variable("COGPP_ENGINE") : choice;
  if (!given.empty()) return find_given(given, use, context, limit);
  std::string reasons;
  for (const EngineKind kind : {EngineKind::kDocker, EngineKind::kPodman, EngineKind::kBuildah}) {
    for (const fs::path& program : programs_named(engine_name(kind))) {
      Engine engine{.kind = kind, .program = program};
      const Status usable = check_engine(engine, use, context, limit);
      if (usable) return engine;
      if (usable.error() == interrupted()) return usable.error();
      reasons += "\n  " + usable.error().message;
    }
  }
  if (reasons.empty()) {
    return Error{std::string("no container engine was found. ") + kInstallEngine +
                 (use == EngineUse::kBuild ? ", or build without one (--output)" : "")};
  }
  return Error{std::string("no container engine can be used. ") + kInstallEngine +
               ". Tried:" + reasons};
}

}  // namespace cogpp::cli
