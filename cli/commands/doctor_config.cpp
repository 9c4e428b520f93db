// The checks stand in Cog's order, each with its line, with findings or without.
#include "cli/commands/doctor_config.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>

#include "cli/build/compiler.hpp"
#include "cli/build/native.hpp"
#include "cli/commands/doctor_python.hpp"
#include "cli/support/program.hpp"
#include "schema/config.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Whether the file is at hand, in this folder or above; load_project() says what is wrong with it.
bool is_there(const ProjectChoice& choice) {
  std::error_code error;
  const fs::path here = fs::current_path(error);
  return !error && schema::find_config(here, choice.file);
}

Check no_config(const std::string& message) {
  return {"Config",
          "Config parsing",
          {{Severity::kError, message,
            "Run " + program_name() + " init to begin a project, or name its file with -f"}}};
}

/// Text that is no YAML, or YAML that breaks rules.
std::vector<Check> broken_config(const std::string& message, const std::string& file) {
  constexpr std::string_view kInvalid = "invalid YAML: ";
  const auto invalid = message.find(kInvalid);
  if (invalid == std::string::npos) {
    return {{"Config", "Config parsing", {}},
            {"Config",
             "Config schema",
             {{Severity::kError, file + " validation failed: " + message, "Correct " + file}}}};
  }
  const auto line = message.rfind('\n', invalid) + 1;  // unknown keys stand before it
  return {{"Config",
           "Config parsing",
           {{Severity::kError,
             message.substr(0, line) + file +
                 " has invalid YAML: " + message.substr(invalid + kInvalid.size()),
             "Correct " + file}}}};
}

/// Keys that Cog has deprecated. cogpp keeps `predict` and `concurrency.max`, for C++.
Check check_deprecations(const Project& project) {
  Check check{"Config", "Deprecated fields", {}};
  for (const schema::Deprecation& old : project.deprecations) {
    if (old.key == "predict") continue;  // has a check of its own
    const bool packages = old.key == "build.python_packages";
    if (!called_cog() && !old.key.starts_with("build.")) continue;
    check.findings.push_back({Severity::kWarning,
                              "\"" + old.key + "\" is deprecated: use " +
                                  (packages ? "a requirements.txt file" : old.replacement) +
                                  " instead",
                              "Use \"" + old.replacement + "\" instead"});
  }
  return check;
}

/// The files that `predict` and `train` name. Which sources a CMakeLists.txt compiles is not
/// known here.
Check check_references(const Project& project, const std::string& file) {
  Check check{"Config", "Predict reference", {}};
  std::error_code ignored;
  const auto missing = [&](const std::string& source, const char* field) {
    if (fs::exists(project.directory / source, ignored)) return false;
    check.findings.push_back(
        {Severity::kError, source + " not found",
         "Create " + source + " or update the " + field + " field in " + file});
    return true;
  };
  const std::string source = project.source.string();
  if (missing(source, project.trains_only ? "train" : "predict")) return check;
  const schema::PredictorReference trainer = project.config.trainer();
  if (project.kind == PredictorKind::kPython) {
    if (!trainer.file.empty() && trainer.file != source) missing(trainer.file, "train");
  } else if (project.kind == PredictorKind::kCpp && !project.train.empty() &&
             !fs::exists(project.directory / "CMakeLists.txt", ignored) &&
             !names_trainer(project.directory / source)) {
    check.findings.push_back({Severity::kError,
                              file + " names the training " + project.train + ", but " + source +
                                  " has no COGPP_TRAINER(...)",
                              "Add COGPP_TRAINER(" + trainer.name +
                                  ", ...) beside COGPP_PREDICTOR, or remove train from " + file});
  }
  return check;
}

/// What only the worker knows of a model file's project. Nothing where it finds nothing wrong.
std::vector<Check> check_tensors(const Project& project, const DoctorOptions& options,
                                 Context& context) {
  const std::string problem = tensors_problem(project, options.build, context);
  if (problem.empty()) return {};
  const std::string& file = options.project.file;
  return {{"Config",
           "Tensors",
           {{Severity::kError, file + ": " + problem,
             "Correct the tensors section of " + file + " (docs/model-files.md)"}}}};
}

}  // namespace

std::optional<Project> check_config(const ProjectChoice& choice, std::vector<Check>& checks) {
  Result<Project> project = load_project(choice);
  if (!project) {
    const std::string& message = project.error().message;
    append_checks(checks, is_there(choice) ? broken_config(message, choice.file)
                                           : std::vector<Check>{no_config(message)});
    return std::nullopt;
  }
  Check schema{"Config", "Config schema", {}};
  for (const std::string& warning : project->warnings) {
    schema.findings.push_back(
        {Severity::kWarning, warning, "Correct the key in " + choice.file + ", or remove it"});
  }
  append_checks(checks, {{"Config", "Config parsing", {}}, std::move(schema)});
  return std::move(*project);
}

std::vector<Check> check_project(const Project& project,
                                 const std::optional<Result<Interpreter>>& interpreter,
                                 const DoctorOptions& options, Context& context) {
  std::vector<Check> checks;
  Check references = check_references(project, options.project.file);
  PythonChecks python;
  if (interpreter) python = check_python_sources(project, *interpreter, options.fix, context);
  append_checks(checks, std::move(python.migration));
  checks.push_back(check_deprecations(project));
  std::ranges::move(python.reference, std::back_inserter(references.findings));
  checks.push_back(std::move(references));
  append_checks(checks, std::move(python.sources));
  if (project.kind == PredictorKind::kModelFile) {
    append_checks(checks, check_tensors(project, options, context));
  }
  return checks;
}

}  // namespace cogpp::cli
