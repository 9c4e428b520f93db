// http and https URLs: their parts, relative references, and the file name that an
// input gets from one. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::server::client {

struct Url {
  bool tls = false;
  std::string user_info;  ///< "user:password" before the `@`, still escaped.
  std::string host;       ///< Without the brackets of an IPv6 address.
  int port = 0;
  std::string target;    ///< Path and query as sent: begins with `/`, free of spaces and controls.
  std::string fragment;  ///< Never sent, but part of text().

  /// The whole URL for messages; credentials are left out.
  std::string text() const;
  /// Host and, where it is not the scheme's own, port: the Host header.
  std::string authority() const;
};

/// `text` without blanks and controls around it and without tabs and line breaks in it, which
/// Cog's client of webhooks leaves out of a URL.
std::string without_blanks(std::string_view text);

/// Parses an absolute URL; dot segments of its path are resolved. The error names the URL and
/// what is wrong with it.
Result<Url> parse_url(std::string_view text);

/// Where a redirect from `base` to `location` leads (RFC 3986 §5). Fails for another
/// scheme than http and https.
Result<Url> resolve_location(const Url& base, std::string_view location);

/// Last segment of the URL's path, unescaped, cut to 200 bytes with `~` before the extension
/// (cog-runtime §9.1); `_` stands for `/`, NUL and, other than in Cog, for all control
/// characters. Empty for a path that ends in `/`.
std::string file_name_of_url(std::string_view url);

}  // namespace cogpp::server::client
