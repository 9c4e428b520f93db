// The head of an HTTP/1 request: its line and headers.
//
// Strict where leniency lets two parties read one message differently (header
// folding, a space before a colon, two lengths), and equal to Cog's server in what
// it refuses and with which status (cog-runtime-live B4). A length beside chunks is taken,
// as by Cog's server, but is the connection's last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::server {

/// Views into a text of its own; not copyable. Reused from request to request.
class RequestHead {
 public:
  RequestHead() = default;
  RequestHead(const RequestHead&) = delete;
  RequestHead& operator=(const RequestHead&) = delete;

  std::string_view method;
  std::string_view path;   ///< Of the target, still percent-encoded; "*" as it is.
  std::string_view query;  ///< What follows its "?", still percent-encoded.
  int minor_version = 1;   ///< Of HTTP/1.
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::uint64_t content_length = 0;  ///< 0 when chunked.

  bool has_body() const { return chunked || content_length > 0; }
  /// The first header of that name (any case), without surrounding space.
  std::optional<std::string_view> header(std::string_view name) const;

 private:
  friend class HeadParser;
  std::string text_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
};

/// Limits of one head (live B4).
inline constexpr std::size_t kMaxTarget = 65534;       // else 414
inline constexpr std::size_t kMaxHeaders = 100;        // else 431
inline constexpr std::size_t kMaxHeadBytes = 417'792;  // else 431

/// How far calls of parse_head() for one head have come.
struct HeadProgress {
  std::size_t consumed = 0;  ///< Bytes of the last buffer that need not be shown again.
  std::size_t searched = 0;  ///< Bytes after those, in which the head does not end.
};

/// Reads one head from the start of `buffer`. Returns
/// - 0: more bytes are needed, - 200: `head` is filled,
/// - 400, 414 or 431: the connection is to be closed with that status.
/// Empty lines before the request are consumed, also with 0. The next call gets the rest
/// with what came after it, and the same `progress`, so that no byte is looked at twice.
int parse_head(std::string_view buffer, RequestHead& head, HeadProgress& progress);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace cogpp::server
