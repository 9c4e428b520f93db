// Whom a URL leads to: `user:password@host:port`. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp {

struct Authority {
  std::string user_info = {};  ///< "user:password" before the `@`, still escaped.
  std::string host = {};       ///< Without the brackets of an IPv6 address.
  int port = 0;

  /// Host and, where it is not `default_port`, port. Credentials are left out.
  std::string text(int default_port) const;
};

/// The parts of an authority; the port is `default_port` where it names none. The error
/// does not repeat the text, which may hold a password.
Result<Authority> parse_authority(std::string_view text, int default_port);

/// Replaces each %XX by its byte; a `%` without two hex digits stays.
std::string percent_decode(std::string_view text);

}  // namespace cogpp
