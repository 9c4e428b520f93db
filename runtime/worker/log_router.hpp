// Sends what a thread writes to std::cout and std::cerr to where the thread's log
// belongs: its prediction, or set-up. Threads without a sink write to the process's
// own standard output and error, which the server reads.
#pragma once

#include <streambuf>
#include <string>
#include <string_view>

#include "runtime/ipc/messages.hpp"

namespace cogpp::worker {

/// Takes the log text of one thread. Implementations lock.
class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(ipc::LogSource source, std::string_view text) = 0;
  /// The author flushed: text without a newline shall appear, too.
  virtual void flush(ipc::LogSource source) = 0;
};

/// Collects text of one source and gives it out in whole lines. Not thread-safe.
class LineBuffer {
 public:
  /// Appends `text`; what is complete is returned and leaves the buffer.
  std::string add(std::string_view text);
  /// The rest, without its newline.
  std::string take();

 private:
  std::string held_;
};

/// While it lives, std::cout and std::cerr are routed. One per process.
class LogRouter {
 public:
  LogRouter();
  ~LogRouter();
  LogRouter(const LogRouter&) = delete;
  LogRouter& operator=(const LogRouter&) = delete;

  /// Names the sink of the calling thread; null for none.
  static void set_thread_sink(LogSink* sink);

 private:
  /// Unbuffered, so that any number of threads may write.
  class Buffer : public std::streambuf {
   public:
    explicit Buffer(ipc::LogSource source) : source_(source) {}

   protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

   private:
    ipc::LogSource source_;
  };

  Buffer out_{ipc::LogSource::kStdout};
  Buffer err_{ipc::LogSource::kStderr};
  std::streambuf* former_out_;
  std::streambuf* former_err_;
};

}  // namespace cogpp::worker
