// Names of images: REGISTRY/REPOSITORY:TAG@DIGEST, by Docker's rules. Values; any thread.
#pragma once

#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

inline constexpr const char* kDockerHub = "docker.io";
inline constexpr const char* kReplicateRegistry = "r8.im";

struct ImageReference {
  std::string registry;     ///< `r8.im`, `localhost:5000`, `docker.io`
  std::string repository;   ///< `owner/model`
  std::string tag = {};     ///< Empty when not given.
  std::string digest = {};  ///< `sha256:…`; empty when not given.

  /// Without tag and digest.
  std::string name() const { return registry + "/" + repository; }
  /// As short as it was meant: the digest wins over the tag.
  std::string text() const;

  friend bool operator==(const ImageReference&, const ImageReference&) = default;
};

/// Reads a name. The first part is a registry when it holds a dot or a colon or is
/// `localhost`; otherwise the registry is docker.io. The error says which part is wrong.
Result<ImageReference> parse_reference(std::string_view text);

/// `a-z0-9` with single `.`, `_`, `__` or dashes between, parts separated by slashes.
bool is_repository(std::string_view text);
/// `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`
bool is_tag(std::string_view text);
/// A host with an optional port, nothing else.
bool is_registry(std::string_view text);

/// True for names of this machine: localhost, 127.0.0.0/8, [::1], with or without port.
bool is_loopback_registry(std::string_view registry);

}  // namespace cogpp::cli
