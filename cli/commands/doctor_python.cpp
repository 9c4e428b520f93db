#include "cli/commands/doctor_python.hpp"

#include <array>

#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/text.hpp"
#include "schema/json.hpp"

// Each check is shown, with or without findings (cog-cli §12).
namespace cogpp::cli {
namespace {

struct PythonCheck {
  std::string_view id;
  const char* group;
  const char* description;
};

/// Only under Cog's name.
constexpr std::string_view kMigrationCheck = "predict-to-run-migration";

/// None of Cog's: shown where it finds something.
constexpr std::string_view kSyntaxCheck = "python-syntax";

constexpr std::array<PythonCheck, 6> kPythonChecks{
    {{"config-predict-ref", "Config", "Predict reference"},
     {kMigrationCheck, "Config", "Deprecated predict interface names"},
     {kSyntaxCheck, "Python", "Python syntax"},
     {"python-pydantic-basemodel", "Python", "Pydantic BaseModel workaround"},
     {"python-deprecated-imports", "Python", "Deprecated imports"},
     {"python-missing-type-annotations", "Python", "Type annotations"}}};

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

}  // namespace

std::vector<Check> python_checks(const std::string& text) {
  const Result<Json> findings = parse_json(text);
  if (!findings || !findings->is_array()) return {};
  std::vector<Check> checks;
  for (const PythonCheck& known : kPythonChecks) {
    if (known.id == kMigrationCheck && !called_cog()) continue;
    Check check{known.group, known.description, {}};
    for (const Json& finding : *findings) {
      if (finding.value("check", std::string()) == known.id) {
        check.findings.push_back(finding_of(finding));
      }
    }
    if (known.id == kSyntaxCheck && check.findings.empty()) continue;
    checks.push_back(std::move(check));
  }
  return checks;
}

std::vector<Check> check_python_sources(const Project& project,
                                        const std::filesystem::path& interpreter, bool fix,
                                        Context& context) {
  Command command{
      .program = interpreter,
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
  if (finished && finished->status == 0) return python_checks(finished->output);
  context.console.debug("cogpp_doctor: " +
                        (finished ? finished->errors : finished.error().message));
  return {};
}

}  // namespace cogpp::cli
