#include "cli/commands/doctor_report.hpp"

#include <algorithm>

// The worst finding decides how a check's own line looks.
namespace cogpp::cli {
namespace {

void show_line(Severity severity, const std::string& text, Console& console) {
  switch (severity) {
    case Severity::kGood:
      return console.success(text);
    case Severity::kInfo:
      return console.info(text);
    case Severity::kWarning:
      return console.warn(text);
    case Severity::kError:
      return console.error(text);
  }
}

std::string count(int number, const std::string& noun) {
  return std::to_string(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace

Severity Check::worst() const {
  Severity worst = Severity::kGood;
  for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
  return worst;
}

bool show_report(const std::vector<Check>& checks, Console& console) {
  int errors = 0;
  int warnings = 0;
  std::string group;
  for (const Check& check : checks) {
    if (check.group != group) {
      if (!group.empty()) console.info("");
      group = check.group;
      console.info(console.bold(group));
    }
    show_line(check.worst(), check.description, console);
    for (const Finding& finding : check.findings) {
      if (finding.severity == Severity::kError) ++errors;
      if (finding.severity == Severity::kWarning) ++warnings;
      show_line(finding.severity, "  " + finding.message, console);
      if (!finding.remedy.empty()) console.info("  Remediation: " + finding.remedy);
    }
  }
  console.info("");
  if (errors + warnings == 0) {
    console.success("no issues found");
  } else {
    std::string found = errors > 0 ? count(errors, "error") : "";
    if (warnings > 0) found += (found.empty() ? "" : ", ") + count(warnings, "warning");
    console.info("Found " + found + ".");
  }
  return errors == 0;
}

}  // namespace cogpp::cli
