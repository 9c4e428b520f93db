// Uploads one blob (distribution specification, "Pushing blobs"; cog-cli §10.4): looks
// whether it is there, mounts it, sends it in chunks, and goes on where it broke off,
// in this run or a later one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cli/image/image.hpp"
#include "cli/registry/progress.hpp"
#include "cli/registry/session.hpp"

namespace cogpp::cli {

struct UploadOptions {
  /// Blobs above this size go in chunks: COG_PUSH_MULTIPART_THRESHOLD.
  std::uint64_t threshold = std::uint64_t{128} << 20U;
  /// COG_PUSH_DEFAULT_CHUNK_SIZE; a registry may name other bounds.
  std::uint64_t chunk = std::uint64_t{96} << 20U;
  /// Where unfinished uploads, and repositories with the blobs, are remembered; empty: nowhere.
  std::filesystem::path memory = {};
};

/// Where blobs go and who is told.
struct UploadTarget {
  std::string registry;
  std::string repository;
  UploadOptions options;
};

/// Makes the blob present in the repository. Blocks its thread; reports to `entry` of
/// the board. Fails with "Interrupted" when the session's access is cancelled.
Status upload_blob(RegistrySession& session, const UploadTarget& target, const Blob& blob,
                   TransferBoard& board, std::size_t entry);

/// What is asked for to have a blob of the repository `from` in `repository`, too.
Url mount_url(const RegistrySession& session, const std::string& repository, const Digest& digest,
              const std::string& from);

/// The size of a chunk within the bounds that the answer to a new upload names.
std::uint64_t chunk_size(const UploadOptions& options, const HttpAnswer& answer);

/// Where an upload goes on, by an answer's Location; never from https to http.
Result<Url> upload_place(const Url& base, const HttpAnswer& answer);

/// The bytes that a `Range: 0-41` header says are there: 42. `0-0` is nothing or one byte,
/// registries differ; it counts as nothing, as sending one byte again does no harm.
std::optional<std::uint64_t> received_bytes(std::string_view range);

}  // namespace cogpp::cli
