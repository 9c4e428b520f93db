// One URL to one file.
#pragma once

#include "runtime/server/client/stop_signal.hpp"
#include "runtime/server/client/url.hpp"
#include "runtime/server/files/files.hpp"
#include "runtime/server/files/new_file.hpp"
#include "schema/result.hpp"

namespace cogpp::server::files {

/// Writes what a GET of `url` answers to `file`, redirects followed. The error is the
/// text of Python's requests ("404 Client Error: Not Found for url: …"). Blocks; any thread.
Status download(const client::Url& url, NewFile& file, const FetchLimits& limits,
                const client::StopSignal& stop);

}  // namespace cogpp::server::files
