#include "cli/commands/doctor_report.hpp"

#include <algorithm>
#include <iterator>

#include "cli/support/program.hpp"
#include "cli/support/text.hpp"

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

struct Totals {
  int fixed = 0;
  int errors = 0;
  int warnings = 0;
  bool fixable = false;
};

Totals count_findings(const std::vector<Check>& checks) {
  Totals totals;
  for (const Check& check : checks) {
    for (const Finding& finding : check.findings) {
      const bool problem = finding.severity >= Severity::kWarning;
      if (finding.fixed) {
        ++totals.fixed;
      } else if (problem) {
        ++(finding.severity == Severity::kError ? totals.errors : totals.warnings);
        totals.fixable = totals.fixable || finding.fixable;
      }
    }
  }
  return totals;
}

void show_check(const Check& check, bool fix, Console& console) {
  show_line(check.worst(), (check.fixed() ? "Fixed: " : "") + check.description, console);
  for (const Finding& finding : check.findings) {
    show_line(finding.fixed ? Severity::kGood : finding.severity, "  " + finding.message, console);
    if (finding.fixed) continue;
    if (!finding.remedy.empty()) {
      console.info("  Remediation: " + finding.remedy);
    } else if (fix && finding.severity >= Severity::kWarning) {
      console.info("  (no auto-fix available)");
    }
  }
}

/// Without --fix what was found, with it what was done and what is left.
std::string summary(const Totals& totals, bool fix) {
  if (!fix) {
    std::string found = totals.errors > 0 ? counted(totals.errors, "error") : "";
    if (totals.warnings > 0) {
      found += (found.empty() ? "" : ", ") + counted(totals.warnings, "warning");
    }
    return "Found " + found + "." +
           (totals.fixable ? " Run \"" + program_name() + " doctor --fix\" to auto-fix." : "");
  }
  std::string text;
  const auto add = [&](const std::string& sentence) {
    text += (text.empty() ? "" : " ") + sentence;
  };
  if (totals.fixed > 0) add("Fixed " + counted(totals.fixed, "issue") + ".");
  if (totals.warnings > 0) add(counted(totals.warnings, "warning") + " remaining.");
  if (totals.errors > 0) {
    add(std::to_string(totals.errors) + " unfixed error" + (totals.errors == 1 ? "." : "s."));
  }
  return text;
}

}  // namespace

Severity Check::worst() const {
  Severity worst = Severity::kGood;
  for (const Finding& finding : findings) {
    if (!finding.fixed) worst = std::max(worst, finding.severity);
  }
  return worst;
}

bool Check::fixed() const {
  const auto mended = [](const Finding& finding) { return finding.fixed; };
  return worst() < Severity::kWarning && std::any_of(findings.begin(), findings.end(), mended);
}

void append_checks(std::vector<Check>& checks, std::vector<Check> more) {
  std::ranges::move(more, std::back_inserter(checks));
}

bool show_report(const std::vector<Check>& checks, bool fix, Console& console) {
  std::string group;
  for (const Check& check : checks) {
    if (check.group != group) {
      if (!group.empty()) console.info("");
      group = check.group;
      console.info(console.bold(group));
    }
    show_check(check, fix, console);
  }
  console.info("");
  const Totals totals = count_findings(checks);
  if (totals.errors + totals.warnings + totals.fixed == 0) {
    console.success("no issues found");
  } else {
    console.info(summary(totals, fix));
  }
  return totals.errors == 0;
}

}  // namespace cogpp::cli
