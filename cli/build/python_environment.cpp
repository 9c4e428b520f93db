// A file in the directory, written last, says that it is complete; a lock beside it keeps
// two commands from making the same one.
#include "cli/build/python_environment.hpp"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <system_error>

#include "cli/support/digest.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Part of every key: raise it when environments are made in another way.
constexpr const char* kRevision = "cogpp-environment-1";

/// What cog itself needs, but for coglet; markers stay for pip to judge.
constexpr const char* kNeeds = R"(
import importlib.metadata, re
for line in importlib.metadata.requires("cog") or []:
    if "extra ==" not in line and not re.match(r"coglet\b", line):
        print(line)
)";

/// What is installed, as constraints.
constexpr const char* kInstalled = R"(
import importlib.metadata
for found in importlib.metadata.distributions():
    print(found.metadata["Name"] + "==" + found.version)
)";

/// Makes one environment; each step is a program that must end well.
class Maker {
 public:
  Maker(const PythonEnvironment& environment, const Project& project, Context& context)
      : environment_(environment), project_(project), context_(context), uv_(find_program("uv")) {}

  Status make() {
    Status made = step("Making the environment", create());
    if (made) made = step("Installing " + environment_.requirements.cog, install_cog());
    return made ? install_packages() : made;
  }

 private:
  Command command(const fs::path& program, std::vector<std::string> arguments) const {
    return {.program = program,
            .arguments = std::move(arguments),
            // An environment that is active here must not draw the packages to itself.
            .environment = {"VIRTUAL_ENV=" + environment_.directory.string()},
            .directory = project_.directory};
  }

  Command create() const {
    const std::string python = environment_.interpreter.program.string();
    const std::string directory = environment_.directory.string();
    // --seed: with pip, as the other way has it.
    if (uv_)
      return command(*uv_, {"venv", "--no-project", "--seed", "--python", python, directory});
    // -I: a file of the project named like a module of Python's must not take its place.
    return command(python, {"-I", "-m", "venv", directory});
  }

  Command install(std::vector<std::string> arguments) const {
    const std::string python = environment_.python().string();
    std::vector<std::string> words =
        uv_ ? std::vector<std::string>{"pip", "install", "--python", python}
            : std::vector<std::string>{
                  "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    return command(uv_ ? *uv_ : environment_.python(), std::move(words));
  }

  Command install_cog() const {
    const std::string& cog = environment_.requirements.cog;
    if (cog.find('=') != std::string::npos) return install({"--no-deps", cog});
    if (uv_) return install({"--no-deps", "--prerelease=allow", cog});
    return install({"--no-deps", "--pre", cog});
  }

  /// The project's and cog's together, so that versions are found that suit both. Where
  /// each must have a hash, cog's come after them and may not change them.
  Status install_packages() {
    const std::string& own = environment_.requirements.text;
    const Result<std::string> needs = ask(kNeeds);
    if (!needs) return needs.error();
    if (!environment_.requirements.hashed()) return install_file("requirements.txt", own + *needs);
    if (const Status done = install_file("requirements.txt", own); !done) return done;
    const Result<std::string> installed = ask(kInstalled);
    if (!installed) return installed.error();
    const fs::path constraints = environment_.directory / "installed.txt";
    if (const Status done = write_file(constraints, *installed); !done) return done;
    return install_file("needs.txt", "-c " + constraints.string() + "\n" + *needs);
  }

  Status install_file(const char* name, const std::string& text) {
    const fs::path file = environment_.directory / name;
    if (const Status written = write_file(file, text); !written) return written;
    return step("Installing the project's packages", install({"-r", file.string()}));
  }

  /// What a few lines of Python print in the environment.
  Result<std::string> ask(const char* question) {
    Result<Finished> answer = run(command(environment_.python(), {"-I", "-c", question}),
                                  context_.interrupt, context_.console);
    if (!answer) return answer.error();
    if (answer->status == 0) return std::move(answer->output);
    context_.console.raw(answer->errors);
    return Error{environment_.requirements.cog + " was installed but cannot be found"};
  }

  Status step(const std::string& what, const Command& command) {
    context_.console.progress(what);
    const Result<Finished> finished = run(command, context_.interrupt, context_.console);
    context_.console.end_progress();
    if (!finished) return finished.error();
    const std::string output = finished->output + finished->errors;
    if (finished->status == 0) {
      if (!output.empty()) context_.console.debug(output);
      return {};
    }
    context_.console.raw(output);
    std::string line = command.program.filename().string();
    for (const std::string& argument : command.arguments) line += " " + argument;
    return Error{what + " for " + project_.file.string() + " failed with status " +
                 std::to_string(finished->status) + " (see the output above): " + line};
  }

  const PythonEnvironment& environment_;
  const Project& project_;
  Context& context_;
  std::optional<fs::path> uv_;
};

void announce(const PythonEnvironment& environment, const Project& project, Context& context) {
  context.console.info("Making the environment for Python " + environment.interpreter.version +
                       " in " + environment.directory.string() + " (once)");
  for (const std::string& warning : environment.requirements.warnings) {
    context.console.warn(warning);
  }
  if (project.python.image_steps) {
    context.console.warn(
        "build.system_packages, build.run and build.pre_install are steps of an image and are not "
        "run here; what they provide must be on this machine");
  }
}

}  // namespace

Result<PythonEnvironment> plan_environment(const Project& project, const Interpreter& interpreter,
                                           const Context& context) {
  Result<Requirements> requirements = read_requirements(project);
  if (!requirements) return requirements.error();
  PythonEnvironment environment{.interpreter = interpreter,
                                .requirements = std::move(*requirements),
                                .key = {},
                                .directory = {}};
  environment.key = sha256(std::string(kRevision) + '\n' + interpreter.identity + '\n' +
                           environment.requirements.cog + '\n' + environment.requirements.identity);
  environment.directory = context.cache / "python" / "environments" / environment.key.substr(0, 32);
  return environment;
}

Result<CacheUse> make_environment(const PythonEnvironment& environment, const Project& project,
                                  Context& context) {
  const fs::path complete = environment.directory / kEnvironmentMarker;
  if (std::optional<CacheUse> use = CacheUse::begin(complete)) return std::move(*use);
  std::error_code error;
  fs::create_directories(environment.directory.parent_path(), error);
  if (error) return open_error(environment.directory.parent_path(), error.value());
  const Result<Descriptor> held =
      lock_file(environment.directory.string() + ".lock",
                "Waiting for another cogpp that makes the same environment...", context);
  if (!held) return held.error();
  if (std::optional<CacheUse> use = CacheUse::begin(complete)) return std::move(*use);
  fs::remove_all(environment.directory, error);
  if (error) return open_error(environment.directory, error.value());
  announce(environment, project, context);
  Status made = Maker(environment, project, context).make();
  if (made) made = write_file(complete, environment.requirements.cog + "\n");
  std::optional<CacheUse> use = made ? CacheUse::begin(complete) : std::nullopt;
  if (use) {
    prune_cache(context.cache);
    return std::move(*use);
  }
  fs::remove_all(environment.directory, error);
  return made ? open_error(complete, ENOENT) : made.error();
}

std::vector<std::string> environment_variables(const PythonEnvironment& environment,
                                               const Installation& installation) {
  const auto before = [](const std::string& first, const char* name) {
    const char* rest = std::getenv(name);
    return first + (rest != nullptr && *rest != '\0' ? std::string(":") + rest : std::string());
  };
  return {"PATH=" + before((environment.directory / "bin").string(), "PATH"),
          "VIRTUAL_ENV=" + environment.directory.string(),
          "PYTHONPATH=" + before(installation.python().string(), "PYTHONPATH"),
          "PYTHONUNBUFFERED=1"};
}

}  // namespace cogpp::cli
