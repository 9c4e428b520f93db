// A listening TCP socket on a literal address.
#pragma once

#include <string>

#include "runtime/server/support/unique_fd.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

struct Listener {
  UniqueFd socket;  ///< Non-blocking.
  int port = 0;     ///< The one that was bound.
};

/// `host` is an IPv4 or IPv6 literal (cog-runtime §15.2), `port` 0 means any.
Result<Listener> open_listener(const std::string& host, int port);

}  // namespace cogpp::server
