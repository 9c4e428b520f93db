// Writes the status lines.
#include "runtime/server/status_channel.hpp"

#include <fcntl.h>

#include <cerrno>

#include "schema/json.hpp"
#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

/// Above every descriptor that a worker gets (supervise/process.hpp).
constexpr int kHighFd = 300;

}  // namespace

StatusChannel::StatusChannel(int fd) {
  if (fd < 0) return;
  fd_ = UniqueFd(::fcntl(fd, F_DUPFD_CLOEXEC, kHighFd));
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (fd_ && fd > STDERR_FILENO) ::close(fd);
}

void StatusChannel::listening(const std::string& host, int port, const std::string& scratch) {
  write_line("{\"event\":\"listening\",\"host\":" + cogpp::quoted(host) + ",\"port\":" +
             std::to_string(port) + ",\"scratch\":" + cogpp::quoted(to_utf8(scratch)) + "}\n");
}

void StatusChannel::setup_ended(bool succeeded, const std::string& logs) {
  std::string line = "{\"event\":\"setup\",\"status\":";
  line += succeeded ? "\"succeeded\"" : "\"failed\"";
  line += ",\"logs\":" + cogpp::quoted(to_utf8(logs)) + "}\n";
  write_line(line);
}

void StatusChannel::draining(std::size_t predictions) {
  write_line("{\"event\":\"draining\",\"predictions\":" + std::to_string(predictions) + "}\n");
}

void StatusChannel::write_line(const std::string& line) {
  const std::lock_guard lock(mutex_);
  std::size_t done = 0;
  while (fd_ && done < line.size()) {
    const auto count = ::write(fd_.get(), line.data() + done, line.size() - done);
    if (count < 0 && errno != EINTR) return;  // The reader has left.
    if (count > 0) done += static_cast<std::size_t>(count);
  }
}

}  // namespace cogpp::server
