// Tells whoever started the server when it listens, when set-up has ended and what its end
// waits for, so that nobody has to poll.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>

#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {

/// One JSON object a line. Any thread.
class StatusChannel {
 public:
  /// `fd` of --status-fd, or -1: nobody wants to know. Takes it over, out of the way
  /// of low numbers and not inherited.
  explicit StatusChannel(int fd);

  /// `scratch` is the directory that the server removes at its end, unless it is killed.
  void listening(const std::string& host, int port, const std::string& scratch);
  void setup_ended(bool succeeded, const std::string& logs);
  /// The server is ending, and so many predictions are in flight.
  void draining(std::size_t predictions);

 private:
  void write_line(const std::string& line);

  std::mutex mutex_;
  UniqueFd fd_;
};

}  // namespace cogpp::server
