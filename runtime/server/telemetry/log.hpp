// The server's own log: one structured line an event, through one function.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/server/telemetry/log_filter.hpp"
#include "runtime/server/telemetry/setup_log.hpp"
#include "schema/json.hpp"

namespace cogpp::server {

enum class LogFormat { kJson, kConsole };

/// Writes to descriptor 2, a line per write(2), so that lines of several threads
/// never mix. Any thread; outlives everything that logs.
class Log {
 public:
  explicit Log(LogFormat format, LogFilter filter = {})
      : format_(format), filter_(std::move(filter)) {}

  /// `target` is the module in Cog's names ("coglet::prediction"), `fields` an
  /// object with more than the message, or null. Events of level info and above
  /// are also part of the set-up log while one is collected.
  void write(LogLevel level, std::string_view target, std::string_view message,
             const Json& fields = nullptr);
  /// Lines that a model printed, at level info, in one write; never part of the set-up
  /// log here.
  void write_printed(std::string_view target, std::string_view text, const Json& fields = nullptr);
  bool writes(LogLevel level, std::string_view target) const {
    return filter_.passes(level, target);
  }

  SetupLog& setup() { return setup_; }
  /// Of the server as a whole: also a line of every set-up's log, as with Cog.
  void introduce(LogLevel level, std::string_view target, std::string_view message);
  /// Writes to the same place, with a set-up log of its own: for another replica.
  std::unique_ptr<Log> sibling() const;

  /// For tests: lines go here instead of descriptor 2.
  void redirect(std::function<void(std::string_view)> sink) { sink_ = std::move(sink); }

 private:
  std::string line(LogLevel level, std::string_view target, std::string_view message,
                   const Json& fields) const;
  void emit(std::string_view text);

  const LogFormat format_;
  const LogFilter filter_;
  SetupLog setup_;
  std::function<void(std::string_view)> sink_;
};

}  // namespace cogpp::server
