// Accumulates the lines of one set-up.
#include "runtime/server/telemetry/setup_log.hpp"

#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

constexpr std::string_view kOutputTarget = "coglet::setup";
/// A line without end is shown in pieces of this size.
constexpr std::size_t kMaxPartial = 64 * 1024;

void append_line(std::string& text, std::string_view target, std::string_view message) {
  text += '[';
  text += target;
  text += "] ";
  text += is_utf8(message) ? std::string(message) : to_utf8(message);
  text += '\n';
}

}  // namespace

void SetupLog::introduce(std::string_view target, std::string_view message) {
  const std::lock_guard lock(mutex_);
  append_line(heading_, target, message);
}

void SetupLog::introduce_as(const SetupLog& other) {
  const std::scoped_lock lock(mutex_, other.mutex_);
  heading_ = other.heading_;
}

void SetupLog::begin() {
  const std::lock_guard lock(mutex_);
  collecting_ = true;
  full_ = false;
  text_ = heading_;
  partial_.clear();
}

void SetupLog::end() {
  const std::lock_guard lock(mutex_);
  if (collecting_) flush_partial();
  collecting_ = false;
}

void SetupLog::add_event(std::string_view target, std::string_view message) {
  const std::lock_guard lock(mutex_);
  if (collecting_) add_line(target, message);
}

void SetupLog::add_output(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (!collecting_) return;
  partial_ += text;
  std::size_t start = 0;
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n', start)) {
    add_line(kOutputTarget, std::string_view(partial_).substr(start, end - start));
    start = end + 1;
  }
  partial_.erase(0, start);
  if (partial_.size() > kMaxPartial) flush_partial();
}

std::string SetupLog::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

void SetupLog::add_line(std::string_view target, std::string_view message) {
  if (full_) return;
  if (text_.size() + message.size() > kMaxBytes) {
    full_ = true;
    text_ += "[coglet] set-up printed more than 4 MiB; the rest is not kept\n";
    return;
  }
  append_line(text_, target, message);
}

void SetupLog::flush_partial() {
  if (partial_.empty()) return;
  add_line(kOutputTarget, partial_);
  partial_.clear();
}

}  // namespace cogpp::server
