// One URL to one file. The only place of the server's client side that knows httplib.
#pragma once

#include "runtime/server/files/files.hpp"
#include "runtime/server/files/new_file.hpp"
#include "runtime/server/files/stop_signal.hpp"
#include "runtime/server/files/url.hpp"
#include "schema/result.hpp"

namespace cogpp::server::files {

/// Writes what a GET of `url` answers to `file`, redirects followed. The error is the
/// text of Python's requests ("404 Client Error: Not Found for url: …"). Blocks; any thread.
Status download(const Url& url, NewFile& file, const FetchLimits& limits, const StopSignal& stop);

}  // namespace cogpp::server::files
