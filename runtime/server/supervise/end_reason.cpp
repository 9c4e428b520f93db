// Texts about ended workers.
#include "runtime/server/supervise/end_reason.hpp"

#include <string.h>
#include <sys/wait.h>

#include "schema/utf8.hpp"

namespace cogpp::server {

std::string describe_status(int wait_status) {
  if (WIFEXITED(wait_status)) {
    return "it exited with code " + std::to_string(WEXITSTATUS(wait_status));
  }
  const int number = WTERMSIG(wait_status);
  const char* name = ::sigabbrev_np(number);
  return "it was killed by signal " + std::to_string(number) +
         (name != nullptr ? " (SIG" + std::string(name) + ")" : std::string());
}

void OutputTail::add(std::string_view text) {
  text_ += text;
  if (text_.size() > 2 * kMaxBytes) text_.erase(0, text_.size() - kMaxBytes);
}

std::string OutputTail::lines() const {
  std::string_view tail = text_;
  while (!tail.empty() && tail.back() == '\n') tail.remove_suffix(1);
  if (tail.size() > kMaxBytes) {
    tail.remove_prefix(tail.size() - kMaxBytes);
    const auto line = tail.find('\n');
    if (line != std::string_view::npos) tail.remove_prefix(line + 1);
  }
  std::size_t start = tail.size();
  for (std::size_t lines = 0; lines < kMaxLines && start != std::string_view::npos; ++lines) {
    start = start == 0 ? std::string_view::npos : tail.rfind('\n', start - 1);
  }
  if (start != std::string_view::npos) tail.remove_prefix(start + 1);
  return to_utf8(tail);
}

std::string with_output(const std::string& reason, const std::string& last_output) {
  return last_output.empty() ? reason : reason + "\nIts last output:\n" + last_output;
}

}  // namespace cogpp::server
