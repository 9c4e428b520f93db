// What happened from the start of a worker until it was ready or gave up: the
// `setup.logs` of /health-check (cog-runtime §4.2).
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace cogpp::server {

/// Collects lines "[target] message\n" while a set-up runs. Any thread.
class SetupLog {
 public:
  /// A set-up that prints more keeps its beginning; a marker line says so.
  static constexpr std::size_t kMaxBytes = 4 * 1024 * 1024;

  /// A line in front of those of every set-up: what was said before the first one began.
  void introduce(std::string_view target, std::string_view message);
  /// Takes over what introduces another one.
  void introduce_as(const SetupLog& other);

  /// Forgets the previous set-up's lines and collects again.
  void begin();
  /// Later lines are not the set-up's. Ends an unfinished line.
  void end();

  /// One line of the server's own log.
  void add_event(std::string_view target, std::string_view message);
  /// What the worker printed: raw text, cut into lines here. Pieces need not be
  /// whole lines; invalid UTF-8 is replaced.
  void add_output(std::string_view text);

  std::string text() const;

 private:
  void add_line(std::string_view target, std::string_view message);
  void flush_partial();

  mutable std::mutex mutex_;
  bool collecting_ = false;
  bool full_ = false;
  std::string heading_;
  std::string text_;
  std::string partial_;  ///< Printed text without its line end so far.
};

}  // namespace cogpp::server
