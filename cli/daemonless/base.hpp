// The image that a daemonless build begins with: from a registry, an OCI layout or an
// archive. Main thread.
#pragma once

#include <memory>
#include <string>

#include "cli/image/image.hpp"
#include "cli/registry/push.hpp"

namespace cogpp::cli {

struct DaemonlessBase {
  std::string name;  ///< As it was given.
  Image image;
  ImageConfig config;
  /// Where the layers' bytes are; null when they are on this machine.
  std::unique_ptr<Registry> registry = nullptr;
  std::string repository = {};  ///< In that registry.
};

/// `oci:DIR[:NAME]`, `tar:FILE[:NAME]`, or an image's name in a registry; empty: the slim
/// image of the distribution that this cogpp was built on. Refuses one for another kind of
/// processor than this machine's, where predictors are compiled.
Result<DaemonlessBase> open_base(const std::string& text, bool plain_http, Context& context);

/// Brings the layers' bytes to this machine, into the user's cache.
Status fetch_base(DaemonlessBase& base, Context& context);

}  // namespace cogpp::cli
