// URLs of registries, as far as pushing needs them. Values; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

struct Url {
  std::string scheme;  ///< http or https
  std::string host;    ///< Lower-case, with port if it is not the scheme's own: `h:5000`.
  std::string target;  ///< Path and query as they are sent: `/v2/`.

  /// What credentials belong to: scheme, host and port.
  std::string origin() const { return scheme + "://" + host; }
  std::string text() const { return origin() + target; }
};

Result<Url> parse_url(std::string_view text);
/// Where a Location header of an answer to `base` points: an absolute URL, an absolute
/// path, or a relative one.
Result<Url> resolve_url(const Url& base, std::string_view location);
/// `target` with one more `name=value`; the value is encoded.
std::string with_query(std::string_view target, std::string_view name, std::string_view value);
/// Percent-encoded for a query or a form.
std::string encode_query(std::string_view text);

}  // namespace cogpp::cli
