// Why a worker ended, as text for whoever waited for it.
#pragma once

#include <string>
#include <string_view>

namespace cogpp::server {

/// `killed by signal 11 (SIGSEGV)` or `exited with code 3`, of a waitpid status.
std::string describe_status(int wait_status);

/// The last lines that a worker printed. One thread at a time.
class OutputTail {
 public:
  static constexpr std::size_t kMaxBytes = 4096;
  static constexpr std::size_t kMaxLines = 20;

  void add(std::string_view text);
  /// Whole lines, valid UTF-8, without the last line end; "" when nothing was printed.
  std::string lines() const;

 private:
  std::string text_;
};

/// `reason`, and the last output on the lines after it when there is some.
std::string with_output(const std::string& reason, const std::string& last_output);

}  // namespace cogpp::server
