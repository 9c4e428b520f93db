// Uploads a layer whose digest nobody knows yet, in one pass: hashed while it goes over
// the network. A layer that is known goes by cli/registry/upload.hpp, which may skip it.
#pragma once

#include <string>

#include "cli/image/content.hpp"
#include "cli/registry/upload.hpp"

namespace cogpp::cli {

struct StreamedLayer {
  Content content;
  /// The same for the same bytes only: by it an upload that broke off is found again in a
  /// later run, and goes on. Empty: it begins anew.
  std::string key = {};
};

/// The descriptor of what the repository has then. Blocks its thread; reports to `entry` of
/// the board. A broken chunk is sent again, an upload that the registry forgot is begun anew.
Result<OciDescriptor> stream_layer(RegistrySession& session, const UploadTarget& target,
                                   const StreamedLayer& layer, TransferBoard& board,
                                   std::size_t entry);

}  // namespace cogpp::cli
