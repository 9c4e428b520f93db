// Cog's log lines (cog-runtime §12): JSON objects, or text for people.
#include "runtime/server/telemetry/log.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "runtime/server/support/clock.hpp"
#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

constexpr std::array<std::string_view, 4> kLevelNames{"DEBUG", "INFO", "WARN", "ERROR"};

std::string_view name_of(LogLevel level) { return kLevelNames[static_cast<std::size_t>(level)]; }

struct LogEvent {
  LogLevel level;
  std::string_view target;
  std::string message;
  const Json& fields;
};

std::string json_line(const LogEvent& event, const std::string& time) {
  std::string line = R"({"timestamp":")" + time + R"(","level":")";
  line += name_of(event.level);
  line += R"(","fields":{"message":)";
  append_quoted(line, event.message);
  if (event.fields.is_object()) {
    for (const auto& [key, value] : event.fields.items()) {
      line += ',';
      append_quoted(line, key);
      line += ':';
      line += to_text(value);
    }
  }
  line += R"(},"target":)";
  append_quoted(line, event.target);
  line += "}\n";
  return line;
}

std::string console_line(const LogEvent& event, const std::string& time) {
  std::string line = time + ' ';
  const auto name = name_of(event.level);
  line.append(5 - name.size(), ' ');
  line += name;
  line += ' ';
  line += event.target;
  line += ": ";
  line += event.message;
  if (event.fields.is_object()) {
    for (const auto& [key, value] : event.fields.items()) {
      line += ' ' + key + '=' + to_text(value);
    }
  }
  line += '\n';
  return line;
}

void write_all(std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;  // Nobody reads the log: nothing to tell.
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

void Log::write(LogLevel level, std::string_view target, std::string_view message,
                const Json& fields) {
  if (level >= LogLevel::kInfo) setup_.add_event(target, message);
  if (writes(level, target)) emit(line(level, target, message, fields));
}

void Log::introduce(LogLevel level, std::string_view target, std::string_view message) {
  setup_.introduce(target, message);
  write(level, target, message);
}

std::unique_ptr<Log> Log::sibling() const {
  auto log = std::make_unique<Log>(format_, filter_);
  log->setup_.introduce_as(setup_);
  return log;
}

void Log::write_printed(std::string_view target, std::string_view text, const Json& fields) {
  if (!writes(LogLevel::kInfo, target)) return;
  std::string lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    lines += line(LogLevel::kInfo, target, text.substr(0, end), fields);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  emit(lines);
}

std::string Log::line(LogLevel level, std::string_view target, std::string_view message,
                      const Json& fields) const {
  const LogEvent event{level, target, to_utf8(message), fields};
  const std::string time = rfc3339_micros(std::chrono::system_clock::now());
  return format_ == LogFormat::kJson ? json_line(event, time) : console_line(event, time);
}

void Log::emit(std::string_view text) { sink_ ? sink_(text) : write_all(text); }

}  // namespace cogpp::server
