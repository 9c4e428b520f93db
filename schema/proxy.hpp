// Which proxy the environment names for a host, as Python's requests reads it:
// http_proxy, https_proxy, all_proxy and no_proxy, in either case. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "schema/authority.hpp"
#include "schema/result.hpp"

namespace cogpp {

/// Looks up a variable; empty when it is not set. A parameter for the tests' sake.
using Environment = std::function<std::string(const std::string&)>;

/// A proxy that is spoken to in plain HTTP.
struct Proxy {
  Authority at;

  /// Its URL for messages; credentials are left out.
  std::string text() const { return "http://" + at.text(80); }
};

/// The proxy for requests to `peer`; none: connect directly. The error names the variable
/// of a proxy that is not usable, as a SOCKS one.
Result<std::optional<Proxy>> proxy_for(bool tls, const Authority& peer,
                                       const Environment& environment);

}  // namespace cogpp
