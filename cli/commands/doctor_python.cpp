#include "cli/commands/doctor_python.hpp"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/text.hpp"
#include "schema/json.hpp"

// Each check is shown, with or without findings (cog-cli §12).
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

struct PythonCheck {
  std::string_view id;
  const char* description;
};

constexpr std::string_view kReferenceCheck = "config-predict-ref";

/// Only under Cog's name.
constexpr PythonCheck kMigrationCheck{"predict-to-run-migration",
                                      "Deprecated predict interface names"};

/// None of Cog's: shown where it finds something.
constexpr PythonCheck kSyntaxCheck{"python-syntax", "Python syntax"};

constexpr std::array<PythonCheck, 3> kSourceChecks{
    {{"python-pydantic-basemodel", "Pydantic BaseModel workaround"},
     {"python-deprecated-imports", "Deprecated imports"},
     {"python-missing-type-annotations", "Type annotations"}}};

Finding finding_of(const Json& json) {
  const std::string place =
      json.value("file", std::string()) + ":" + std::to_string(json.value("line", 0));
  return {.severity = json.value("severity", std::string()) == "error" ? Severity::kError
                                                                       : Severity::kWarning,
          .message = place + " — " + json.value("message", std::string()),
          .remedy = json.value("remedy", std::string()),
          .fixable = json.value("fixable", false),
          .fixed = json.value("fixed", false)};
}

std::vector<Finding> findings_of(const Json& findings, std::string_view check) {
  std::vector<Finding> found;
  for (const Json& finding : findings) {
    if (finding.value("check", std::string()) == check) found.push_back(finding_of(finding));
  }
  return found;
}

/// What cogpp_doctor prints, run by this Python.
Result<std::string> run_checks(const Project& project, const fs::path& python, bool fix,
                               Context& context) {
  Command command{
      .program = python,
      // -B: no compiled files beside the installed ones.
      .arguments = {"-B", "-m", "cogpp_doctor", "--project", project.directory.string()},
      .environment = {"PYTHONIOENCODING=utf-8"},
      .directory = context.installation.python()};
  append(command.arguments, {"--reference", project.source.string() + ":" + project.class_name});
  if (!project.train.empty()) append(command.arguments, {"--reference", project.train});
  if (called_cog() && !project.config.predict.empty()) {
    append(command.arguments,
           {"--migrate", project.file.filename().string(), "--sdk", project.python.sdk_version});
  }
  if (fix) command.arguments.emplace_back("--fix");
  const Result<Finished> finished = run(command, context.interrupt, context.console);
  if (!finished) return finished.error();
  if (finished->status == 0) return finished->output;
  context.console.debug("cogpp_doctor: " + finished->errors);
  return Error{python.string() + " could not run the checks"};
}

/// In place of the checks.
PythonChecks not_made(const std::string& reason) {
  std::string names = "the names in cog.yaml";
  for (const PythonCheck& check : kSourceChecks) names += std::string(", ") + check.description;
  if (called_cog()) names += std::string(", ") + kMigrationCheck.description;
  return {.sources = {{"Python",
                       "Python sources",
                       {{Severity::kWarning, "not checked (" + names + "): " + reason,
                         "Install Python 3.10 or later, as python3 in PATH"}}}}};
}

/// What another Python than the project's does not parse may be right for the project's.
void doubt_syntax(PythonChecks& checks) {
  for (Check& check : checks.sources) {
    if (check.description != kSyntaxCheck.description) continue;
    for (Finding& finding : check.findings) finding.severity = Severity::kWarning;
  }
}

}  // namespace

std::optional<PythonChecks> python_checks(const std::string& text) {
  const Result<Json> findings = parse_json(text);
  if (!findings || !findings->is_array()) return std::nullopt;
  PythonChecks checks{.reference = findings_of(*findings, kReferenceCheck)};
  const auto check = [&](const char* group, const PythonCheck& known) {
    return Check{group, known.description, findings_of(*findings, known.id)};
  };
  if (called_cog()) checks.migration.push_back(check("Config", kMigrationCheck));
  Check syntax = check("Python", kSyntaxCheck);
  if (!syntax.findings.empty()) checks.sources.push_back(std::move(syntax));
  for (const PythonCheck& known : kSourceChecks) checks.sources.push_back(check("Python", known));
  return checks;
}

PythonChecks check_python_sources(const Project& project, const Result<Interpreter>& interpreter,
                                  bool fix, Context& context) {
  const Result<Interpreter> reader =
      interpreter ? interpreter : find_reader(project.python.version, context);
  if (!reader) return not_made("there is no Python that could read the sources");
  const Result<std::string> printed = run_checks(project, reader->program, fix, context);
  if (!printed) return not_made(printed.error().message);
  std::optional<PythonChecks> checks = python_checks(*printed);
  if (!checks) return not_made(reader->program.string() + " could not run the checks");
  if (!interpreter) doubt_syntax(*checks);
  return std::move(*checks);
}

}  // namespace cogpp::cli
