// Stream buffers that look up the calling thread's sink at every write.
#include "runtime/worker/log_router.hpp"

#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <utility>

namespace cogpp::worker {
namespace {

/// A line longer than this is given out in pieces.
constexpr std::size_t kMaxHeldBytes = 64 * 1024;

thread_local LogSink* thread_sink = nullptr;

void write_raw(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) return;
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace

std::string LineBuffer::add(std::string_view text) {
  const std::size_t newline = text.rfind('\n');
  if (newline == std::string_view::npos) {
    held_ += text;
    return held_.size() > kMaxHeldBytes ? take() : std::string();
  }
  std::string complete = std::exchange(held_, std::string(text.substr(newline + 1)));
  complete += text.substr(0, newline + 1);
  return complete;
}

std::string LineBuffer::take() { return std::exchange(held_, {}); }

LogRouter::LogRouter() : former_out_(std::cout.rdbuf(&out_)), former_err_(std::cerr.rdbuf(&err_)) {
  // Otherwise each << to std::cerr would be a message of its own, and would cut the
  // line that std::cout is in the middle of.
  std::cerr << std::nounitbuf;
  std::cerr.tie(nullptr);
}

LogRouter::~LogRouter() {
  std::cout.rdbuf(former_out_);
  std::cerr.rdbuf(former_err_);
}

void LogRouter::set_thread_sink(LogSink* sink) { thread_sink = sink; }

std::streamsize LogRouter::Buffer::xsputn(const char* text, std::streamsize size) {
  const std::string_view view(text, static_cast<std::size_t>(size));
  if (thread_sink) {
    thread_sink->write(source_, view);
  } else {
    write_raw(source_ == ipc::LogSource::kStderr ? STDERR_FILENO : STDOUT_FILENO, view);
  }
  return size;
}

LogRouter::Buffer::int_type LogRouter::Buffer::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) return traits_type::not_eof(c);
  const char character = traits_type::to_char_type(c);
  xsputn(&character, 1);
  return c;
}

int LogRouter::Buffer::sync() {
  if (thread_sink) thread_sink->flush(source_);
  return 0;
}

}  // namespace cogpp::worker
