// File inputs and outputs: URLs and data URLs become local files before a
// prediction, output files become data URLs after it (cog-runtime §9).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "runtime/server/client/trust.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::server {

/// Bounds of one prediction's downloads. Make one for the whole server: its copies
/// share the certificate authorities, which take a while to read.
struct FetchLimits {
  std::uint64_t max_bytes = 8ULL << 30;  ///< Of one file.
  int connect_timeout_s = 10;
  int read_timeout_s = 10;  ///< Between two pieces of data, as Cog's client.
  int max_redirects = 30;
  std::string user_agent;  ///< $COG_USER_AGENT; empty: our own.
  /// Refuse loopback, private and link-local addresses, after redirects too. A proxy
  /// of the environment is trusted to decide that itself.
  bool forbid_private_addresses = false;
  std::shared_ptr<client::Trust> trust = client::make_trust();  ///< Read at the first https URL.
};

/// A copy of `input` in which every URL of a file input (schema/file_inputs.hpp) is the
/// path of a new file in `directory`. Other strings stay as they are. Blocks; a stop request
/// aborts it within 20 ms. The error is Cog's text ("404 Client Error: Not Found
/// for url: …") without the prefix "Input validation error: ", and none of the new
/// files is left then. Any thread; the program must ignore SIGPIPE.
Result<Json> fetch_inputs(const Json& input, const schema::Signature& signature,
                          const std::filesystem::path& directory, const FetchLimits& limits,
                          std::stop_token stop);

/// `"data:<mime>;base64,…"` of a file, a JSON string with its quotes, its type from the
/// extension as Cog's runtime guesses it (§9.2). Fails when it is no regular file,
/// cannot be read, or has more than `max_bytes`: the text stands in memory. Any thread.
Result<std::string> file_to_quoted_data_url(const std::filesystem::path& file,
                                            std::uint64_t max_bytes);

}  // namespace cogpp::server
