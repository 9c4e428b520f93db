// Which events of the server's log are written.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::server {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

/// Immutable; any thread.
class LogFilter {
 public:
  /// Events of level info and above.
  LogFilter() : LogFilter("", "") {}
  /// What $RUST_LOG and $COG_LOG_LEVEL say (cog-runtime §12). `directives` are separated by
  /// commas, each a level (off, error, warn, info, debug, trace), a target, or `target=level`;
  /// the longest target that an event's begins with decides, and what none names is not
  /// written. Ones that mean nothing are left out. Without any, `level` (debug, info, warn,
  /// warning, error) counts, info for anything else; what the model prints stays info then.
  LogFilter(std::string_view directives, std::string_view level);

  bool passes(LogLevel level, std::string_view target) const;

 private:
  struct Rule {
    std::string target;             ///< Empty: every one.
    std::optional<LogLevel> least;  ///< Nothing: off.
  };
  void add(std::string_view directive);

  std::vector<Rule> rules_;  ///< The longest target first.
};

}  // namespace cogpp::server
