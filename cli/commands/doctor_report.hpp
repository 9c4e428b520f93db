// What `cogpp doctor` found, and how it is shown (cog-cli §12).
#pragma once

#include <string>
#include <vector>

#include "cli/support/console.hpp"

namespace cogpp::cli {

enum class Severity { kGood, kInfo, kWarning, kError };

struct Finding {
  Severity severity = Severity::kError;
  std::string message;
  std::string remedy;  ///< What to do about it; empty for kGood and kInfo.
};

/// One line of the report and what was found under it.
struct Check {
  std::string group;  ///< Checks of one group stand together.
  std::string description;
  std::vector<Finding> findings;

  Severity worst() const;
};

/// Shows the checks and the summary. True when there was no error.
bool show_report(const std::vector<Check>& checks, Console& console);

}  // namespace cogpp::cli
