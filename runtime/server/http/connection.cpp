// Reading requests and writing replies. The socket blocks, with its receive time-out
// set to the linger time: one system call waits for and reads the next request.
#include "runtime/server/http/connection.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <utility>

#include "runtime/server/support/memory.hpp"

namespace cogpp::server {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
/// Pieces of a body above this are written from where they are instead of being
/// copied behind their head.
constexpr std::size_t kCopiedBody = 16 * 1024;
/// Bytes of a body that are received at once. resize() zeroes them first, which costs
/// little as long as they stay in the processor's cache.
constexpr std::size_t kStep = 128 * 1024;
/// An unread body up to this is read and dropped, so that the connection can stay.
constexpr std::uint64_t kDiscarded = 256 * 1024;

/// A body takes its time and a second more for each of these that have come: a slow line
/// is given up when it brings next to nothing.
constexpr std::uint64_t kSlowestPerSecond = 64 * 1024;
/// A body up to this is taken whatever the others hold.
constexpr std::uint64_t kAlwaysTaken = 64 * 1024;

/// False where the system gives no memory.
bool has_room(std::string& text, std::uint64_t size) {
  try {
    text.reserve(size);
    return true;
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void set_timeout(int socket, int option, std::chrono::milliseconds time) {
  const timeval value{.tv_sec = time.count() / 1000,
                      .tv_usec = static_cast<suseconds_t>(time.count() % 1000 * 1000)};
  ::setsockopt(socket, SOL_SOCKET, option, &value, sizeof value);
}

}  // namespace

Connection::Connection(UniqueFd socket, HttpShared& shared)
    : socket_(std::move(socket)), shared_(shared), limits_(shared.limits) {
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  set_timeout(socket_.get(), SO_RCVTIMEO, limits_.linger);
  set_timeout(socket_.get(), SO_SNDTIMEO, limits_.write);
}

Connection::~Connection() { shared_.bodies -= counted_; }

Connection::Fill Connection::fill() {
  if (taken_ == buffer_.size()) {
    buffer_.clear();
    taken_ = 0;
  } else if (taken_ > 0) {
    buffer_.erase(0, std::exchange(taken_, 0));
  }
  std::array<char, kReadBytes> bytes;
  while (true) {
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count > 0) {
      buffer_.append(bytes.data(), static_cast<std::size_t>(count));
      return Fill::kData;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Fill::kTimeout;
    if (count == 0 || errno != EINTR) return Fill::kEnd;
  }
}

bool Connection::fill_until(SteadyTime deadline) {
  while (std::chrono::steady_clock::now() < deadline) {
    const Fill filled = fill();
    if (filled != Fill::kTimeout) return filled == Fill::kData;
  }
  return false;
}

Connection::Next Connection::next_request() {
  body_read_ = false;
  watchable_ = true;
  std::optional<SteadyTime> deadline;
  HeadProgress progress;
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    if (!unread().empty() && !deadline) deadline = now + limits_.head;
    if (deadline && now >= *deadline) return Next::kClosed;
    const int status = unread().empty() ? 0 : parse_head(unread(), head_, progress);
    taken_ += std::exchange(progress.consumed, 0);
    if (status == 200) {
      if (!head_.keep_alive) close_ = true;
      body_pending_ = head_.has_body();
      return Next::kRequest;
    }
    if (status != 0) {
      head_.minor_version = 1;
      close_ = true;
      body_read_ = body_pending_ = true;
      reply(Reply::empty(status));
      return Next::kRefused;
    }
    const Fill filled = fill();
    if (filled == Fill::kEnd) return Next::kClosed;
    if (filled == Fill::kTimeout && unread().empty()) return Next::kIdle;
  }
}

std::optional<BodyError> Connection::read_body(std::string& body) {
  body.clear();
  body_read_ = true;
  if (!head_.has_body()) return std::nullopt;
  if (head_.expects_continue && !write_raw("HTTP/1.1 100 Continue\r\n\r\n")) {
    return BodyError::kBroken;
  }
  const auto failed = receive_body(body, limits_.body);
  traffic_.received += body.size();
  body_pending_ = failed.has_value();
  // Cog announces the end after a body that is too large, not after a broken one.
  (failed == BodyError::kBroken ? unannounced_ : close_) |= failed.has_value();
  return failed;
}

std::optional<BodyError> Connection::receive_body(std::string& body, std::chrono::seconds limit) {
  body_until_ = std::chrono::steady_clock::now() + limit;
  return head_.chunked ? read_chunked(body) : read_sized(body);
}

SteadyTime Connection::body_deadline(std::uint64_t received) const {
  return body_until_ +
         std::chrono::seconds(static_cast<std::int64_t>(received / kSlowestPerSecond));
}

std::optional<BodyError> Connection::read_sized(std::string& body) {
  const std::uint64_t wanted = std::min(head_.content_length, limits_.max_body);
  if (const auto failed = take(body, wanted)) return failed;
  if (head_.content_length == wanted) return std::nullopt;
  // Cog refuses a body when it has passed the limit, not by its announced length.
  const bool more = !unread().empty() || fill_until(body_deadline(body.size()));
  return more ? BodyError::kTooLarge : BodyError::kBroken;
}

std::optional<BodyError> Connection::read_chunked(std::string& body) {
  std::string line;
  const auto next_line = [&] { return read_line(line, body_deadline(body.size())); };
  while (true) {
    if (!next_line()) return BodyError::kBroken;
    const auto digits = line.find_first_not_of("0123456789abcdefABCDEF");
    const auto length = std::min(digits, line.size());
    if (length == 0 || length > 15) return BodyError::kBroken;
    if (length < line.size() &&
        std::string_view(";\t ").find(line[length]) == std::string_view::npos) {
      return BodyError::kBroken;
    }
    const std::uint64_t size = std::stoull(line.substr(0, length), nullptr, 16);
    if (size == 0) break;
    if (body.size() + size > limits_.max_body) return BodyError::kTooLarge;
    if (const auto failed = take(body, size)) return failed;
    if (!next_line() || !line.empty()) return BodyError::kBroken;
  }
  std::size_t trailers = 0;
  do {
    if (!next_line() || ++trailers > kMaxHeaders) return BodyError::kBroken;
  } while (!line.empty());
  return std::nullopt;
}

/// One line of chunk framing, without its end.
bool Connection::read_line(std::string& line, SteadyTime deadline) {
  constexpr std::size_t kMaxLine = 8192;
  while (true) {
    const auto end = unread().find('\n');
    if (end != std::string_view::npos && end <= kMaxLine) {
      line = unread().substr(0, end);
      taken_ += end + 1;
      if (line.ends_with('\r')) line.pop_back();
      return true;
    }
    if (unread().size() > kMaxLine || !fill_until(deadline)) return false;
  }
}

std::optional<BodyError> Connection::take(std::string& body, std::uint64_t count) {
  const auto goal = body.size() + count;
  const auto buffered = std::min<std::uint64_t>(count, unread().size());
  large_ = large_ || goal > kLargeBytes;
  // Room that was only announced costs no memory yet: what arrives is counted.
  if (!has_room(body, goal) || !count_memory(buffered)) return BodyError::kNoMemory;
  body.append(unread().substr(0, buffered));
  taken_ += buffered;
  while (body.size() < goal) {
    if (std::chrono::steady_clock::now() >= body_deadline(body.size())) return BodyError::kBroken;
    const auto old = body.size();
    body.resize(std::min<std::uint64_t>(goal, old + kStep));
    const auto received = ::recv(socket_.get(), body.data() + old, body.size() - old, 0);
    body.resize(old + static_cast<std::size_t>(std::max<ssize_t>(received, 0)));
    if (received == 0) return BodyError::kBroken;
    if (received > 0) {
      if (!count_memory(static_cast<std::uint64_t>(received))) return BodyError::kNoMemory;
    } else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
      return BodyError::kBroken;
    }
  }
  return std::nullopt;
}

bool Connection::count_memory(std::uint64_t count) {
  const auto before = shared_.bodies.fetch_add(count);
  counted_ += count;
  return counted_ <= kAlwaysTaken || before + count <= limits_.all_bodies;
}

HeadWriter Connection::head_writer() {
  if (shared_.stopping) close_ = true;
  return {head_.minor_version, close_ ? After::kClose : After::kKeep, date_.now()};
}

void Connection::reply(Reply reply) {
  traffic_.status = reply.status;
  const bool unanswered = head_.expects_continue && !body_read_ && head_.has_body();
  out_.clear();
  head_writer().append(out_, reply);
  // The client still waits for "100 Continue": whether its next bytes are the body or
  // a request is open, so the connection ends, as Cog's does, unannounced (live B1).
  if (unanswered) unannounced_ = true;
  if (head_.method == "HEAD") reply.body.clear();
  large_ = large_ || reply.body.size() > kLargeBytes;
  std::size_t left = reply.body.size();
  reply.body.for_each([this, &left](std::string_view piece) {
    left -= piece.size();
    if (piece.size() > kCopiedBody) {
      write_some(out_, MSG_MORE);
      write_some(piece, left > 0 ? MSG_MORE : 0);
      out_.clear();
    } else {
      out_ += piece;
    }
  });
  write_raw(out_);
}

bool Connection::begin_stream(const char* content_type) {
  if (head_.minor_version == 0) close_ = true;
  traffic_.status = 200;
  out_.clear();
  head_writer().append_stream(out_, content_type);
  return write_raw(out_);
}

void Connection::append_chunk(std::string& out, std::string_view chunk) const {
  if (head_.minor_version == 0) {
    out += chunk;
    return;
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, 16> hex;
  auto at = hex.size();
  for (auto size = chunk.size(); size > 0; size /= 16) hex[--at] = kDigits[size % 16];
  out.append(hex.data() + at, hex.size() - at);
  out += "\r\n";
  out += chunk;
  out += "\r\n";
}

bool Connection::write_some(std::string_view text, int flags) {
  while (!text.empty() && !broken_) {
    const auto count = ::send(socket_.get(), text.data(), text.size(), flags | MSG_NOSIGNAL);
    if (count > 0) {
      traffic_.sent += static_cast<std::uint64_t>(count);
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      broken_ = true;  // Gone, or it took nothing for the whole write time.
    }
  }
  return !broken_;
}

void Connection::end_stream() {
  if (head_.minor_version == 1) write_raw("0\r\n\r\n");
}

bool Connection::left() {
  char byte = 0;
  const auto count = ::recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  if (count == 0) return true;
  if (count < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
  watchable_ = false;
  return false;
}

bool Connection::finish_request() {
  shared_.bodies -= std::exchange(counted_, 0);
  const bool ends = close_ || unannounced_;
  if (!broken_ && !ends && !body_read_) discard_body();
  if (!watchable_ || !unread().empty()) {
    // The client sent more and then maybe left: it is not answered any more (live B11).
    pollfd entry{socket_.get(), POLLRDHUP, 0};
    if (::poll(&entry, 1, 0) > 0) unannounced_ = true;
  }
  if (broken_) return false;
  if (!close_ && !unannounced_) return true;
  close_gently();
  return false;
}

bool Connection::rest() {
  if (unread().empty()) std::string().swap(buffer_);
  std::string().swap(out_);
  taken_ = 0;
  return std::exchange(large_, false);
}

void Connection::discard_body() {
  if (!head_.has_body()) return;
  if (head_.content_length > kDiscarded) {
    unannounced_ = true;
    return;
  }
  std::string body;
  const auto failed = receive_body(body, std::chrono::seconds(5));
  body_pending_ = unannounced_ = failed.has_value();
  shared_.bodies -= std::exchange(counted_, 0);
}

// Closing a socket with unread input resets the connection, and the client may lose
// the reply: so the end is announced first, and what still comes is read for a while.
void Connection::close_gently() {
  if (broken_ || (!body_pending_ && unread().empty())) return;
  ::shutdown(socket_.get(), SHUT_WR);
  std::array<char, kReadBytes> bytes;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  while (std::chrono::steady_clock::now() < deadline) {
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return;
  }
}

}  // namespace cogpp::server
