// cogpp doctor: each check is a function from the machine and the project to findings.
#include <chrono>
#include <optional>

#include "cli/build/compiler.hpp"
#include "cli/build/python_interpreter.hpp"
#include "cli/build/torch_location.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/doctor_config.hpp"
#include "cli/commands/doctor_gpu.hpp"
#include "cli/commands/doctor_report.hpp"
#include "cli/engine/engine.hpp"
#include "cli/support/cache.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/project.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// An engine that hangs must not hang the doctor (cog-cli §12).
constexpr std::chrono::seconds kEngineLimit{5};

Finding good(std::string message) { return {Severity::kGood, std::move(message), {}}; }

/// The output of a program that ended well.
std::optional<std::string> output_of(const fs::path& program, std::vector<std::string> arguments,
                                     Context& context) {
  const Result<Finished> finished =
      run({.program = program, .arguments = std::move(arguments), .environment = {}},
          context.interrupt, context.console);
  if (!finished || finished->status != 0) return std::nullopt;
  return finished->output.empty() ? finished->errors : finished->output;
}

Check check_installation(Context& context) {
  Check check{"Environment", "cogpp installation", {}};
  check.findings.push_back(
      good("cogpp " COGPP_VERSION " in " + context.installation.prefix.string()));
  const fs::path libraries = context.installation.libraries();
  for (const fs::path& file :
       {context.installation.server(), context.installation.worker(), libraries / "libcogpp_sdk.a",
        context.installation.include() / "cogpp/predictor.hpp"}) {
    std::error_code ignored;
    if (fs::exists(file, ignored)) continue;
    check.findings.push_back({Severity::kError, file.string() + " is missing",
                              "Install cogpp again, with all its files under one prefix"});
  }
  return check;
}

Check check_compiler(Context& context) {
  Check check{"Environment", "C++ compiler", {}};
  const Result<Compiler> compiler = find_compiler();
  if (!compiler) {
    check.findings.push_back({Severity::kError, compiler.error().message,
                              "apt-get install g++, or set CXX to a compiler with C++20"});
    return check;
  }
  const auto version = output_of(compiler->program, {"--version"}, context);
  const auto standard = output_of(
      compiler->program, {"-std=c++20", "-fsyntax-only", "-x", "c++", "/dev/null"}, context);
  if (!version || !standard) {
    check.findings.push_back({Severity::kError,
                              compiler->program.string() + " does not compile C++20",
                              "Use GCC 12 or Clang 15 or later"});
    return check;
  }
  check.findings.push_back(good(first_line(*version) + " (" + compiler->program.string() + ")"));
  return check;
}

/// A project that needs libtorch makes its absence an error.
bool needs_torch(const std::optional<Project>& project) {
  if (!project) return false;
  if (project->kind == PredictorKind::kModelFile) return true;
  return project->kind == PredictorKind::kCpp && uses_torch(project->directory / project->source);
}

Check check_torch(const fs::path& given, const std::optional<Project>& project, Context& context) {
  Check check{"Environment", "libtorch", {}};
  const bool needed = needs_torch(project);
  const Result<TorchLocation> torch = find_torch(given, context.cache);
  if (!torch) {
    const std::string use = needed
                                ? "this project needs it"
                                : "only predictors with <cogpp/torch.hpp> and model files need it";
    const std::string& message = torch.error().message;
    const auto sentence = message.find(". ");
    check.findings.push_back({needed ? Severity::kError : Severity::kInfo,
                              message.substr(0, sentence) + " (" + use + ")",
                              sentence == std::string::npos ? "" : message.substr(sentence + 2)});
    return check;
  }
  if (torch->version.starts_with(kTorchVersion)) {
    check.findings.push_back(good(torch->version + " in " + torch->package.string()));
  } else {
    check.findings.push_back(
        {Severity::kWarning,
         "libtorch " + torch->version + " in " + torch->package.string() +
             ", but this cogpp is made for " + kTorchVersion,
         std::string("Install torch==") + kTorchVersion + " and name its place with --torch DIR"});
  }
  return check;
}

Check check_interpreter(const Result<Interpreter>& found) {
  Check check{"Environment", "Python version", {}};
  if (found) {
    check.findings.push_back(good("Python " + found->version + " in " + found->program.string()));
    return check;
  }
  const std::string& message = found.error().message;
  const auto sentence = message.find(". Install");
  // No error: an image has a Python of its own (cog-cli §12).
  check.findings.push_back({Severity::kWarning, message.substr(0, sentence),
                            sentence == std::string::npos ? "" : message.substr(sentence + 2)});
  return check;
}

/// Images alone need an engine: without one everything else works.
Check check_engine_answers(Context& context) {
  Check check{"Environment", "Docker", {}};
  const Result<Engine> engine = find_engine("", EngineUse::kRun, context, kEngineLimit);
  if (engine) {
    check.findings.push_back(good("a container engine answers: " + engine->program.string()));
  } else {
    check.findings.push_back(
        {Severity::kInfo, engine.error().message + "\n  Only images need one", {}});
  }
  return check;
}

/// "1.2 GB", in the units of disks.
std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t kMega = 1'000'000;
  const bool giga = bytes >= 1000 * kMega;
  const std::uint64_t tenths = bytes / (giga ? 100 * kMega : kMega / 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + (giga ? " GB" : " MB");
}

Check check_cache(const Context& context) {
  Check check{"Environment", "Cache", {}};
  for (const CacheUsage& usage : cache_usage(context.cache)) {
    check.findings.push_back({Severity::kInfo,
                              usage.what + ": " + std::to_string(usage.entries) + ", " +
                                  size_text(usage.bytes) + " in " + usage.directory.string(),
                              {}});
  }
  check.findings.push_back(
      {Severity::kInfo,
       "what is not used for " + std::to_string(kKeptDays) + " days is removed",
       {}});
  return check;
}

}  // namespace

Status run_doctor(const DoctorOptions& options, Context& context) {
  context.console.warn(
      "NOTE: " + program_name() +
      " doctor is experimental. Behavior and checks may change in future versions.");
  context.console.info("");
  context.console.info("Running " + program_name() + " doctor" +
                       (options.fix ? " --fix..." : "..."));
  context.console.info("");
  std::vector<Check> checks;
  const std::optional<Project> project = check_config(options.project, checks);
  std::optional<Result<Interpreter>> interpreter;
  if (project && project->kind == PredictorKind::kPython) {
    interpreter = find_interpreter(project->python.version, options.build.python, context);
  }
  if (project) append_checks(checks, check_project(*project, interpreter, options, context));
  checks.push_back(check_installation(context));
  checks.push_back(check_compiler(context));
  checks.push_back(check_torch(options.build.torch, project, context));
  if (environment_variable("COG_SKIP_DOCKER_CHECK").empty())
    checks.push_back(check_engine_answers(context));
  if (interpreter) checks.push_back(check_interpreter(*interpreter));
  if (environment_variable("COG_SKIP_GPU_CHECK").empty())
    append_checks(checks, check_gpus_of(project, context));
  checks.push_back(check_cache(context));
  if (show_report(checks, options.fix, context.console)) return {};
  return Error{"doctor found issues"};
}

}  // namespace cogpp::cli
