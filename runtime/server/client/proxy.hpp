// Which proxy the environment names for a URL, as Python's requests reads it:
// http_proxy, https_proxy, all_proxy and no_proxy, in either case. Any thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/server/client/url.hpp"
#include "schema/result.hpp"

namespace cogpp::server::client {

/// Looks up a variable; empty when it is not set. A parameter for the tests' sake.
using Environment = std::function<std::string(const std::string&)>;
std::string from_environment(const std::string& name);

/// The proxy for `url`; none: connect directly. The error names a proxy that is not
/// usable, as a SOCKS one.
Result<std::optional<Url>> proxy_for(const Url& url, const Environment& environment);

}  // namespace cogpp::server::client
