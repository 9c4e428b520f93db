// Gets a file over HTTP: tries again what may go better later, goes on where it broke
// off, and checks the digest. For blobs of registries and for sources of weights.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "cli/image/digest.hpp"
#include "cli/registry/progress.hpp"
#include "cli/registry/session.hpp"
#include "cli/registry/transport.hpp"
#include "cli/support/cancellation.hpp"

namespace cogpp::cli {

struct Download {
  std::string what;              ///< For errors: "layer sha256:…"
  HttpRequest request;           ///< A GET.
  std::filesystem::path target;  ///< Written anew.
  /// Of the bytes. Without one a broken download begins anew: it may be another file by then.
  std::optional<Digest> digest = std::nullopt;
};

/// Sends one request, with what it needs of authorization and redirects.
using SendRequest = std::function<HttpOutcome(const HttpRequest&)>;

/// Who is told how far it is.
struct DownloadReport {
  TransferBoard& board;
  std::size_t entry;
  const Cancellation& cancellation;
};

/// The digest of what was written. Blocks its thread. The target is left behind after a
/// failure.
Result<Digest> download(const Download& wanted, const SendRequest& send,
                        const DownloadReport& report);

/// The same of a repository's blob.
Status download_blob(RegistrySession& session, const std::string& repository, const Digest& digest,
                     const std::filesystem::path& target, const DownloadReport& report);

}  // namespace cogpp::cli
