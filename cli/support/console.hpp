// What people read: messages, progress and logs, all on standard error, so that
// standard output carries only the command's result (cog-cli §1.2).
#pragma once

#include <chrono>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::cli {

struct ConsoleOptions {
  bool color = false;     ///< Prefix lines with a coloured symbol.
  bool terminal = false;  ///< Standard error is a terminal: show progress.
  bool quiet = false;     ///< Only warnings and errors.
  bool debug = false;
};

/// The options for this process: colour only on a terminal, and never with
/// NO_COLOR, COG_NO_COLOR, TERM=dumb or --no-color.
ConsoleOptions console_options(bool no_color, bool quiet, bool debug);

/// Not thread-safe: the main thread writes, others hand their text to it.
class Console {
 public:
  explicit Console(ConsoleOptions options, std::FILE* stream = stderr)
      : options_(options), stream_(stream) {}
  ~Console() {
    end_progress();
    block({});
  }
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  void info(std::string_view message);
  void success(std::string_view message);
  void warn(std::string_view message);
  void error(std::string_view message);
  void debug(std::string_view message);
  /// Text of another program, unchanged; shown even when quiet.
  void raw(std::string_view text);

  /// Shows `text` with a spinner until end_progress(). On a terminal only; call
  /// tick() about every kTick while waiting.
  void progress(std::string text);
  void tick();
  void end_progress();
  /// Draws lines that the next call replaces; none takes them away. On a terminal only.
  void block(std::vector<std::string> lines);
  static constexpr std::chrono::milliseconds kTick{100};
  /// How long poll(2) may sleep before the next tick(), in ms; -1: for ever.
  int poll_timeout() const { return drawn_text_.empty() ? -1 : static_cast<int>(kTick.count()); }
  /// The same, but not beyond `deadline`; nothing once that has passed. May wake early.
  std::optional<int> poll_timeout(
      std::optional<std::chrono::steady_clock::time_point> deadline) const;

  bool color() const { return options_.color; }
  bool debugging() const { return options_.debug; }
  bool quiet() const { return options_.quiet; }
  std::string bold(std::string_view text) const;

 private:
  void line(std::string_view message, std::string_view symbol, std::string_view color);
  void draw();

  ConsoleOptions options_;
  std::FILE* stream_;
  std::string drawn_text_;
  std::vector<std::string> block_;
  std::chrono::steady_clock::time_point progress_began_;
};

}  // namespace cogpp::cli
