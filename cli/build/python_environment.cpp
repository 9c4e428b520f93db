// A file in the directory, written last, says that it is complete; a lock beside it keeps
// two commands from making the same one.
#include "cli/build/python_environment.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <system_error>

#include "cli/build/python_uv.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/step.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"

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
      : environment_(environment), project_(project), context_(context), uv_(uv_of_path()) {}

  Status make() {
    Status made = step("Making the environment", create());
    if (made && !uv_) made = look_for_cached_uv();
    if (made) made = install_cog();
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

  /// The one that cogpp fetches, unless there is nothing to install but cog itself.
  Status look_for_cached_uv() {
    const bool packages = !environment_.requirements.text.empty();
    Result<std::optional<fs::path>> uv = cached_uv(environment_.python(), packages, context_);
    if (!uv) return uv.error();
    uv_ = std::move(*uv);
    cached_ = uv_.has_value();
    return {};
  }

  Command install_command(const std::vector<std::string>& arguments) const {
    const std::string python = environment_.python().string();
    std::vector<std::string> words =
        uv_ ? std::vector<std::string>{"pip", "install", "--python", python}
            : std::vector<std::string>{
                  "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"};
    append(words, arguments);
    if (uv_) std::ranges::replace(words, "--pre", "--prerelease=allow");
    Command install = command(uv_ ? *uv_ : environment_.python(), std::move(words));
    if (cached_) append(install.environment, cached_uv_environment());
    return install;
  }

  /// Nobody asked for the uv that cogpp fetches, so what fails with it is left to pip.
  Status install(const std::string& what, const std::vector<std::string>& arguments) {
    const Command command = install_command(arguments);
    if (!cached_) return step(what, command);
    const Result<Finished> finished = run_step(what, command, context_);
    if (!finished && finished.error() == interrupted()) return finished.error();
    if (finished && finished->status == 0) return {};
    if (finished) context_.console.debug(finished->output + finished->errors);
    context_.console.info(what + ": uv could not do it; going on with pip");
    uv_.reset();
    cached_ = false;
    return step(what, install_command(arguments));
  }

  Status install_cog() {
    const std::string& cog = environment_.requirements.cog;
    std::vector<std::string> words = {"--no-deps"};
    if (cog.find('=') == std::string::npos) words.emplace_back("--pre");
    words.push_back(cog);
    return install("Installing " + cog, words);
  }

  /// The project's and cog's together, so that versions are found that suit both. Where
  /// each must have a hash, cog's come after them and may not change them.
  Status install_packages() {
    const std::string& own = environment_.requirements.text;
    const Result<std::string> needs = ask(kNeeds);
    if (!needs) return needs.error();
    if (!environment_.requirements.hashed()) return install_file("requirements.txt", own + *needs);
    // pip would see by itself that all must have one; uv checks those that are there.
    const Status done = install_file("requirements.txt", own, {"--require-hashes"});
    if (!done) return done;
    const Result<std::string> installed = ask(kInstalled);
    if (!installed) return installed.error();
    const fs::path constraints = environment_.directory / "installed.txt";
    if (const Status written = write_file(constraints, *installed); !written) return written;
    return install_file("needs.txt", "-c " + constraints.string() + "\n" + *needs);
  }

  Status install_file(const char* name, const std::string& text,
                      std::vector<std::string> options = {}) {
    const fs::path file = environment_.directory / name;
    if (const Status written = write_file(file, text); !written) return written;
    append(options, {"-r", file.string()});
    return install("Installing the project's packages", options);
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
    const Result<Finished> finished = run_step(what, command, context_);
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
  std::optional<fs::path> uv_;  ///< Else pip.
  bool cached_ = false;         ///< It is the one that cogpp fetched.
};

void announce(const PythonEnvironment& environment, const Project& project, Context& context) {
  context.console.info("Making the environment for Python " + environment.interpreter.version +
                       " in " + environment.directory.string() + " (once)");
  for (const std::string& warning : environment.requirements.warnings) {
    context.console.warn(warning);
  }
  warn_of_image_steps(project, context.console);
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
    const std::string rest = environment_variable(name);
    return first + (rest.empty() ? "" : ":" + rest);
  };
  return {"PATH=" + before((environment.directory / "bin").string(), "PATH"),
          "VIRTUAL_ENV=" + environment.directory.string(),
          "PYTHONPATH=" + before(installation.python().string(), "PYTHONPATH"),
          "PYTHONUNBUFFERED=1"};
}

}  // namespace cogpp::cli
