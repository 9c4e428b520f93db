// One client's connection: requests in, replies out, over a blocking socket with
// time limits.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/server/http/head.hpp"
#include "runtime/server/http/reply.hpp"
#include "runtime/server/predictions/runner.hpp"
#include "runtime/server/support/clock.hpp"
#include "runtime/server/support/unique_fd.hpp"

namespace cogpp::server {

/// Limits of every connection, and the memory that all bodies in flight share.
struct HttpLimits {
  std::uint64_t max_body = 104'857'600;   ///< Of one request (cog-runtime §2.4).
  std::uint64_t all_bodies = 4ULL << 30;  ///< Of all requests being read, as far as they came.
  std::chrono::milliseconds linger{250};  ///< A thread waits this long for the next request.
  std::chrono::seconds head{60};          ///< From the first byte of a request to its body.
  std::chrono::seconds body{600};         ///< To read a body, and more while it grows.
  std::chrono::seconds write{30};         ///< Without the client taking any byte.
  /// A stream that is silent for as long gets a comment (cog-runtime §7.2).
  std::chrono::milliseconds stream_silence{15'000};
};

/// What all connections of a server share.
struct HttpShared {
  HttpLimits limits;
  std::atomic<std::uint64_t> bodies{0};  ///< Bytes of all bodies being held.
  std::atomic<bool> stopping{false};     ///< Every reply is its connection's last.
};

enum class BodyError { kTooLarge, kBroken, kNoMemory };

/// Used by one thread at a time; that thread owns it.
class Connection : public ClientWatch {
 public:
  Connection(UniqueFd socket, HttpShared& shared);
  ~Connection() override;

  enum class Next { kRequest, kRefused, kIdle, kClosed };
  /// Waits for a request, `linger` for its first byte. A malformed one is answered here:
  /// kRefused, and finish_request() then ends the connection.
  Next next_request();
  const RequestHead& head() const { return head_; }
  const HttpLimits& limits() const { return limits_; }

  /// Reads the request's body. At most once a request.
  std::optional<BodyError> read_body(std::string& body);
  void reply(Reply reply);

  // A reply in chunks. Each is flushed at once; false: the client is gone.
  bool begin_stream(const char* content_type);
  /// Appends one chunk's bytes to `out`, for write_raw().
  void append_chunk(std::string& out, std::string_view chunk) const;
  bool write_raw(std::string_view text) { return write_some(text, 0); }
  void end_stream();
  /// The client has left: nothing more is sent.
  void abandon() { broken_ = true; }

  /// What went over it since the last call, and how the last request was answered.
  struct Traffic {
    int status = 0;
    std::uint64_t received = 0;  ///< Bodies only.
    std::uint64_t sent = 0;
  };
  Traffic take_traffic() { return std::exchange(traffic_, {}); }

  /// The request is answered: false when the connection cannot be used for another.
  bool finish_request();
  int socket() const { return socket_.get(); }
  /// Gives memory back; nobody will ask for a request for a while. Returns whether
  /// large requests or replies passed since the last time.
  bool rest();

  // ClientWatch: pipelined bytes hide that a client left (live B11).
  int fd() const override { return watchable_ && unread().empty() ? socket_.get() : -1; }
  bool left() override;

 private:
  enum class Fill { kData, kTimeout, kEnd };

  bool write_some(std::string_view text, int flags);
  std::string_view unread() const { return std::string_view(buffer_).substr(taken_); }
  Fill fill();
  bool fill_until(SteadyTime deadline);
  std::optional<BodyError> receive_body(std::string& body, std::chrono::seconds limit);
  SteadyTime body_deadline(std::uint64_t received) const;
  std::optional<BodyError> read_sized(std::string& body);
  std::optional<BodyError> read_chunked(std::string& body);
  bool read_line(std::string& line, SteadyTime deadline);
  std::optional<BodyError> take(std::string& body, std::uint64_t count);
  bool count_memory(std::uint64_t count);
  void discard_body();
  void close_gently();
  HeadWriter head_writer();

  UniqueFd socket_;
  HttpShared& shared_;
  const HttpLimits& limits_;
  std::uint64_t counted_ = 0;  ///< This connection's share of shared_.bodies.
  SteadyTime body_until_;      ///< When a body of which nothing came is given up.
  std::string buffer_;
  std::size_t taken_ = 0;
  RequestHead head_;
  DateText date_;
  Traffic traffic_;
  std::string out_;
  bool close_ = false;         ///< The reply says that it is the last.
  bool unannounced_ = false;   ///< The connection ends, and the reply does not say so.
  bool body_read_ = false;     ///< The handler asked for it.
  bool body_pending_ = false;  ///< Bytes of it may still come.
  bool watchable_ = true;
  bool large_ = false;   ///< See rest().
  bool broken_ = false;  ///< Nothing more can be sent.
};

}  // namespace cogpp::server
