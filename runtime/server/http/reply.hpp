// A reply as text on the wire, byte for byte as Cog's server writes it: lowercase
// names, in its order (cog-runtime §0.7, live B2).
#pragma once

#include <ctime>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/server/support/shared_text.hpp"

namespace cogpp::server {

inline constexpr const char* kJsonType = "application/json";
inline constexpr const char* kTextType = "text/plain; charset=utf-8";

/// A whole reply. No content type: an empty body.
struct Reply {
  int status = 200;
  const char* content_type = nullptr;
  SharedText body;
  const char* allow = nullptr;         ///< Of a 405.
  const char* authenticate = nullptr;  ///< Of a 401: www-authenticate.
  int retry_after = 0;                 ///< Seconds, of a 429.

  static Reply json(int status, SharedText body) { return {status, kJsonType, std::move(body)}; }
  static Reply json(int status, std::string body) { return {status, kJsonType, std::move(body)}; }
  static Reply text(int status, std::string body) { return {status, kTextType, std::move(body)}; }
  static Reply empty(int status) { return {status, nullptr, {}}; }
};

/// How the connection goes on after a reply.
enum class After { kKeep, kClose };

/// The head's text, to its empty line.
struct HeadWriter {
  int minor_version = 1;
  After after = After::kKeep;
  std::string_view date;

  void append(std::string& out, const Reply& reply) const;
  /// Of a reply whose body follows in chunks (HTTP/1.0: until the connection ends).
  void append_stream(std::string& out, const char* content_type) const;

 private:
  void append_status(std::string& out, int status) const;
  void append_connection(std::string& out) const;
};

/// The Date header's value, formatted once a second. One thread.
class DateText {
 public:
  std::string_view now();

 private:
  std::time_t second_ = 0;
  std::string text_;
};

}  // namespace cogpp::server
