// Tells whoever started the server when it listens and when set-up has ended, so
// that nobody has to poll.
#pragma once

#include <string>

#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {

/// One JSON object a line. One thread at a time.
class StatusChannel {
 public:
  /// `fd` of --status-fd, or -1: nobody wants to know. Takes it over, out of the way
  /// of low numbers and not inherited.
  explicit StatusChannel(int fd);

  /// `scratch` is the directory that the server removes at its end, unless it is killed.
  void listening(const std::string& host, int port, const std::string& scratch);
  /// The last message; closes the descriptor.
  void setup_ended(bool succeeded, const std::string& logs);

 private:
  void write_line(const std::string& line);

  UniqueFd fd_;
};

}  // namespace cogpp::server
