// Reads one HTTP/1.1 response piece by piece and keeps only what a measurement
// needs: status, sizes, the end of the body and the number of server-sent events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cogpp::bench {

/// Counts the events of a text/event-stream. Not thread-safe.
class EventCounter {
 public:
  void feed(std::string_view data);
  void reset();
  std::uint64_t outputs() const { return outputs_; }
  std::uint64_t errors() const { return errors_; }

 private:
  void take_line(std::string_view line);

  std::string line_;  ///< The start of a line that is not complete yet.
  std::uint64_t outputs_ = 0;
  std::uint64_t errors_ = 0;
};

/// One response at a time; reset() before the next. Not thread-safe.
class ResponseReader {
 public:
  void reset();

  /// Takes bytes up to the end of the response and returns how many it took. After
  /// broken() it takes nothing more.
  std::size_t feed(std::string_view data);
  /// The server closed the connection: ends a body without a length, breaks others.
  void end_of_stream();

  bool done() const { return state_ == State::kDone; }
  bool broken() const { return state_ == State::kBroken; }
  bool empty() const { return state_ == State::kHead && head_.empty(); }

  // Valid once done().
  int status() const { return status_; }
  bool closes() const { return closes_; }
  std::uint64_t body_bytes() const { return body_bytes_; }
  /// The last bytes of the body, at most kTailBytes: Cog's bodies end with the status.
  std::string_view tail() const { return tail_; }
  const EventCounter& events() const { return events_; }

  static constexpr std::size_t kTailBytes = 512;

 private:
  enum class State { kHead, kBody, kChunkSize, kChunkData, kChunkEnd, kTrailer, kDone, kBroken };

  std::size_t feed_head(std::string_view data);
  std::size_t feed_counted(std::string_view data, State next);
  std::size_t feed_line(std::string_view data);
  void take_head();
  void take_header(std::string_view name, std::string_view value);
  void take_line();
  void take_body(std::string_view data);

  State state_ = State::kHead;
  std::string head_;
  std::string line_;
  std::string tail_;
  EventCounter events_;
  int status_ = 0;
  bool closes_ = false;
  bool chunked_ = false;
  bool has_length_ = false;
  bool is_event_stream_ = false;
  std::uint64_t left_ = 0;  ///< Bytes to come of the body or of the chunk.
  std::uint64_t body_bytes_ = 0;
};

}  // namespace cogpp::bench
