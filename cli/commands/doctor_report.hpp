// What `cogpp doctor` found, and how it is shown (cog-cli §12).
#pragma once

#include <string>
#include <vector>

#include "cli/support/console.hpp"

namespace cogpp::cli {

enum class Severity { kGood, kInfo, kWarning, kError };

struct Finding {
  Severity severity = Severity::kError;
  std::string message;      ///< Begins with its place, if it has one: `run.py:3 — …`.
  std::string remedy = {};  ///< What to do about it; empty for kGood and kInfo.
  bool fixable = false;     ///< --fix mends it.
  bool fixed = false;       ///< --fix has mended it: no problem any more.
};

/// One line of the report and what was found under it.
struct Check {
  std::string group;  ///< Checks of one group stand together.
  std::string description;
  std::vector<Finding> findings;

  /// Of what is not fixed.
  Severity worst() const;
  bool fixed() const;
};

/// Puts `more` behind them.
void append_checks(std::vector<Check>& checks, std::vector<Check> more);

/// Shows the checks and the summary; `fix` says whether --fix was given. True when no
/// error is left.
bool show_report(const std::vector<Check>& checks, bool fix, Console& console);

}  // namespace cogpp::cli
