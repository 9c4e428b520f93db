// Messages and the spinner. A line that is being drawn is erased before anything
// else is written, and drawn again at the next tick.
#include "cli/support/console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "schema/environment.hpp"

namespace cogpp::cli {
namespace {

constexpr std::string_view kFaint = "\x1b[2m";
constexpr std::string_view kGreen = "\x1b[1;32m";
constexpr std::string_view kYellow = "\x1b[1;33m";
constexpr std::string_view kRed = "\x1b[1;31m";
constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kEraseLine = "\r\x1b[K";
constexpr std::array<std::string_view, 4> kSpinner = {"|", "/", "-", "\\"};

bool is_set(const char* name) { return !environment_variable(name).empty(); }

std::size_t terminal_width(int fd) {
  winsize size{};
  constexpr std::size_t kUsual = 80;
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : kUsual;
}

/// In one write(2): what a server writes to the same file meanwhile must not come in between. (In a
/// pipe that may still be where the text is longer than PIPE_BUF.)
void put(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

std::string erasure_of(std::string_view drawn) {
  return std::string(drawn.empty() ? "" : kEraseLine);
}

}  // namespace

ConsoleOptions console_options(bool no_color, bool quiet, bool debug) {
  const bool terminal = ::isatty(STDERR_FILENO) == 1 && environment_variable("TERM") != "dumb";
  const bool color = terminal && !no_color && !is_set("NO_COLOR") && !is_set("COG_NO_COLOR");
  return {.color = color, .terminal = terminal, .quiet = quiet, .debug = debug};
}

void Console::info(std::string_view message) {
  if (!options_.quiet) line(message, " ⚙  ", kFaint);
}

void Console::success(std::string_view message) {
  if (!options_.quiet) line(message, " ✔ ", kGreen);
}

void Console::warn(std::string_view message) { line(message, " ⚠ ", kYellow); }

void Console::error(std::string_view message) { line(message, " ✗ ", kRed); }

void Console::debug(std::string_view message) {
  if (options_.debug) line(message, " ⚙  ", kFaint);
}

void Console::raw(std::string_view text) { put(stream_, erasure_of(drawn_text_).append(text)); }

void Console::line(std::string_view message, std::string_view symbol, std::string_view color) {
  std::string text = erasure_of(drawn_text_);
  for (bool more = true; more;) {
    const auto end = message.find('\n');
    const std::string_view part = message.substr(0, end);
    // An empty message is an empty line, without a symbol.
    if (options_.color && !part.empty()) text.append(color).append(symbol).append(kReset);
    text.append(part).append("\n");
    more = end != std::string_view::npos;
    if (more) message.remove_prefix(end + 1);
  }
  put(stream_, text);
}

void Console::progress(std::string text) {
  end_progress();
  if (!options_.terminal || options_.quiet) return;
  drawn_text_ = std::move(text);
  progress_began_ = std::chrono::steady_clock::now();
}

void Console::tick() {
  if (!drawn_text_.empty()) draw();
}

void Console::draw() {
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - progress_began_);
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), " %.1fs", static_cast<double>(elapsed.count()) / 1000);
  std::string text(kEraseLine);
  text.append(kSpinner[static_cast<std::size_t>(elapsed / kTick) % kSpinner.size()]).append(" ");
  put(stream_, text.append(drawn_text_).append(time.data()));
}

void Console::end_progress() {
  if (drawn_text_.empty()) return;
  put(stream_, kEraseLine);
  drawn_text_.clear();
}

void Console::block(std::vector<std::string> lines) {
  if (!options_.terminal || options_.quiet || (lines.empty() && block_.empty())) return;
  std::string text;
  if (!block_.empty()) text = "\x1b[" + std::to_string(block_.size()) + "A\r\x1b[J";
  const std::size_t width = terminal_width(::fileno(stream_));
  for (std::string& line : lines) {
    // A line that wraps would not be found again.
    line.resize(std::min(line.size(), width - 1));
    text += line + "\n";
  }
  block_ = std::move(lines);
  put(stream_, text);
}

std::string Console::bold(std::string_view text) const {
  if (!options_.color) return std::string(text);
  return "\x1b[1m" + std::string(text) + std::string(kReset);
}

std::optional<int> Console::poll_timeout(
    std::optional<std::chrono::steady_clock::time_point> deadline) const {
  const int tick = poll_timeout();
  if (!deadline) return tick;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  if (left.count() <= 0) return std::nullopt;
  const int limit = static_cast<int>(std::min<std::int64_t>(left.count(), 1'000'000));
  return tick < 0 ? limit : std::min(tick, limit);
}

}  // namespace cogpp::cli
