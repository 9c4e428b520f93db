// What every upload of bytes to a registry has: where it goes on, how much is there, and
// the tries after failures (distribution specification, "Pushing a blob in chunks").
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/registry/progress.hpp"
#include "cli/registry/retry.hpp"
#include "cli/registry/session.hpp"
#include "cli/registry/upload.hpp"
#include "cli/registry/upload_memory.hpp"
#include "cli/registry/url.hpp"

namespace cogpp::cli {

/// Base of the kinds of upload. One thread; what it refers to outlives it.
class OpenUpload {
 protected:
  /// `remembered` is the name of its UploadMemory; empty: nothing is remembered.
  OpenUpload(RegistrySession& session, const UploadTarget& target, TransferBoard& board,
             std::size_t entry, const std::string& remembered);

  /// A request to open an upload.
  HttpRequest begin_request() const;
  /// How many of the `rest` bytes the next PATCH takes.
  std::uint64_t next_size(std::uint64_t rest) const;
  /// A PATCH of the next `size` bytes, without them.
  HttpRequest chunk_request(std::uint64_t size) const;
  /// The next `size` bytes of `content`, told to the board as they go.
  UploadPart part(const Content& content, std::uint64_t size);
  /// The registry has what lies before `place`.
  void reached(std::uint64_t place);
  /// Takes over the URL of an answer to `base`, for the next request and the next run. An
  /// answer without a usable one becomes a failure.
  void follow(const Url& base, HttpOutcome& outcome);
  /// The upload is begun anew.
  void forget();
  /// Whether an upload of `size` bytes can go on after the first `place`.
  bool can_go_on(std::uint64_t place, std::uint64_t size) const;
  /// Whether the answer to a chunk is that of a registry that takes none (cog-cli §10.4).
  bool refuses_chunk(const HttpOutcome& outcome) const;
  /// The upload is begun anew, and all goes in one PATCH.
  void send_whole();
  /// After a failure that may pass, an upload that the registry has lost, or a chunk that it
  /// refused: waits. False when there is no further try.
  bool wait_for_retry(const HttpOutcome& outcome, bool chunk_refused);

  RegistrySession& session_;
  const UploadTarget& target_;
  TransferBoard& board_;
  const std::size_t entry_;
  const std::string scope_;
  std::uint64_t chunk_;
  UploadMemory memory_;
  std::optional<Url> url_;    ///< Of the upload in progress.
  std::uint64_t offset_ = 0;  ///< What the registry has of it.

 private:
  Backoff backoff_;
  bool whole_ = false;  ///< The registry takes no chunks.
  std::uint64_t furthest_ = 0;
};

}  // namespace cogpp::cli
