// weights.lock beside cog.yaml: what `weights import` found and pushed (cog-cli §11.5).
// Cog reads what cogpp writes and the other way round. Values; any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/image/digest.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

inline constexpr const char* kLockFile = "weights.lock";

struct LockedSource {
  std::string uri;          ///< As normalized_uri() (cli/weights/drift.hpp).
  std::string fingerprint;  ///< `sha256:…`, `commit:…` or `etag:…`
  std::vector<std::string> include = {};
  std::vector<std::string> exclude = {};

  friend bool operator==(const LockedSource&, const LockedSource&) = default;
};

struct LockedFile {
  std::string path;  ///< Below the weight's target.
  std::uint64_t size = 0;
  Digest digest;
  Digest layer;  ///< The one that holds it.

  friend bool operator==(const LockedFile&, const LockedFile&) = default;
};

struct LockedLayer {
  Digest digest;
  std::string media_type;
  std::uint64_t size = 0;      ///< Of the blob.
  std::uint64_t unpacked = 0;  ///< Of its files.

  friend bool operator==(const LockedLayer&, const LockedLayer&) = default;
};

struct LockedWeight {
  std::string name;
  std::string target;
  std::vector<LockedSource> sources;
  std::string imported_at;  ///< `2026-08-21T10:11:12Z`
  Digest digest;            ///< Of the manifest in the registry.
  Digest set_digest;
  std::uint64_t size = 0;           ///< Of all files.
  std::uint64_t compressed = 0;     ///< Of all layers.
  std::vector<LockedFile> files;    ///< By path.
  std::vector<LockedLayer> layers;  ///< By digest.

  friend bool operator==(const LockedWeight&, const LockedWeight&) = default;
};

struct WeightsLock {
  std::string envelope;  ///< How the layers were packed: kEnvelope of cli/weights/pack.hpp.
  std::vector<LockedWeight> weights = {};

  /// Null when there is none.
  const LockedWeight* find(std::string_view name) const;
};

/// `what` names the file in errors.
Result<WeightsLock> parse_lock(std::string_view text, const std::string& what);
std::string lock_text(const WeightsLock& lock);

/// What the manifest of a weight has for a configuration: all but sources, layers, sizes and
/// the manifest's own digest.
Result<LockedWeight> parse_weight_config(std::string_view text, const std::string& what);

/// The file in the project's directory; nothing when there is none.
Result<std::optional<WeightsLock>> read_lock(const std::filesystem::path& directory);
Status write_lock(const std::filesystem::path& directory, const WeightsLock& lock);

/// What a set of files is known by: of the lines `HEX  PATH`, sorted.
struct NamedDigest {
  std::string path;
  Digest digest;
};
Digest digest_of_set(const std::vector<NamedDigest>& files);

/// What an image carries in `.cog/weights.json`, for the program that mounts them.
std::string weights_document(const WeightsLock& lock);
/// The same of the lock of the project in `directory`, which is read; without one no weights.
Result<std::string> weights_document(const std::filesystem::path& directory);

}  // namespace cogpp::cli
