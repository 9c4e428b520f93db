// An upload is a URL that changes with every answer, and how much the registry has.
// After a failure the registry is asked; what it does not know any more is begun anew.
#include "cli/registry/upload.hpp"

#include <algorithm>
#include <charconv>

#include "cli/registry/open_upload.hpp"

namespace cogpp::cli {
namespace {

/// A chunk stays this much below a registry's bound, for what proxies add.
constexpr std::uint64_t kChunkMargin = std::uint64_t{64} << 10U;
constexpr const char* kChunkMaximum = "oci-chunk-max-length";

bool succeeded(const HttpOutcome& outcome, int status) {
  return outcome.failure == HttpFailure::kNone && outcome.answer.status == status;
}

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

class Upload : OpenUpload {
 public:
  Upload(RegistrySession& session, const UploadTarget& target, const Blob& blob,
         TransferBoard& board, std::size_t entry)
      : OpenUpload(session, target, board, entry, blob.descriptor.digest.text()),
        blob_(blob),
        threshold_(target.options.threshold),
        places_(target.options.memory, target.registry, blob.descriptor.digest.text()) {}

  Status run() {
    board_.state(entry_, TransferState::kRunning);
    const HttpOutcome there = look();
    if (succeeded(there, 200)) return finish(TransferState::kPresent);
    if (there.failure != HttpFailure::kNone || there.answer.status != 404) {
      return fail(there, "look-up");
    }
    if (const std::optional<Url> known = memory_.location()) {
      url_ = *known;
      ask_registry();
    }
    while (!finished_) {
      const HttpOutcome outcome = url_ ? advance() : begin();
      if (outcome.failure == HttpFailure::kNone && outcome.answer.status < 300) continue;
      if (const Status recovered = recover(outcome); !recovered) return recovered;
    }
    return finish(mounted_ ? TransferState::kMounted : TransferState::kDone);
  }

 private:
  HttpOutcome look() {
    return session_.ask(
        {.method = "HEAD",
         .url = session_.url(target_.repository, "blobs/" + blob_.descriptor.digest.text())},
        scope_);
  }

  /// Another repository of this registry that has the blob, as far as is known; empty: none.
  std::string other_place() const {
    const std::string own = target_.registry + "/";
    const std::string from =
        blob_.origin.starts_with(own) ? blob_.origin.substr(own.size()) : places_.repository();
    return from == target_.repository ? "" : from;
  }

  /// Opens an upload, or mounts the blob from where it is known to be.
  HttpOutcome begin() {
    HttpRequest request = begin_request();
    std::string scope = scope_;
    const std::string from = mount_tried_ ? "" : other_place();
    if (!from.empty()) {
      request.url = mount_url(session_, target_.repository, blob_.descriptor.digest, from);
      scope = mount_scope(target_.repository, from);
    }
    HttpOutcome outcome = session_.send(request, scope);
    mount_tried_ = mount_tried_ || !is_passing(outcome);
    // Who may not read the other repository, or names one that is gone, has the blob uploaded.
    const int status = outcome.answer.status;
    const bool refused =
        outcome.failure == HttpFailure::kNone && status >= 400 && status < 500 && mount_tried_;
    if (refused && !from.empty()) return begin();
    if (succeeded(outcome, 201)) {
      finished_ = mounted_ = true;
    } else if (succeeded(outcome, 202)) {
      offset_ = 0;
      note_bounds(outcome.answer);
      follow(request.url, outcome);
    }
    return outcome;
  }

  /// Sends the next chunk, or the rest with the request that ends the upload.
  HttpOutcome advance() {
    board_.state(entry_, TransferState::kRunning);
    board_.place(entry_, offset_);
    const std::uint64_t rest = blob_.descriptor.size - offset_;
    const bool last = is_last();
    const std::uint64_t size = last ? rest : next_size(rest);
    HttpRequest request = last ? end_request() : chunk_request(size);
    if (size > 0) request.upload = part(blob_.content, size);
    HttpOutcome outcome = session_.send(request, scope_);
    if (last && succeeded(outcome, 201)) {
      finished_ = true;
    } else if (!last && (succeeded(outcome, 202) || succeeded(outcome, 204))) {
      const auto received = received_bytes(outcome.answer.header("range"));
      reached(received && *received > 0 ? *received : offset_ + size);
      follow(*url_, outcome);
    }
    return outcome;
  }

  /// Whether what is left goes with the request that ends the upload.
  bool is_last() const {
    const std::uint64_t rest = blob_.descriptor.size - offset_;
    return rest == 0 || (offset_ == 0 && rest <= threshold_);
  }

  HttpRequest end_request() const {
    HttpRequest request{.method = "PUT", .url = *url_};
    request.url.target = with_query(request.url.target, "digest", blob_.descriptor.digest.text());
    request.headers.emplace_back("Content-Type", "application/octet-stream");
    return request;
  }

  void note_bounds(const HttpAnswer& answer) {
    chunk_ = chunk_size(target_.options, answer);
    const std::uint64_t most = number(answer.header(kChunkMaximum));
    if (most > kChunkMargin) threshold_ = std::min(threshold_, chunk_);
  }

  /// Asks how much the registry has of the present upload; forgets it when it does not
  /// know it.
  void ask_registry() {
    HttpOutcome outcome = session_.ask({.url = *url_}, scope_);
    const auto received = received_bytes(outcome.answer.header("range"));
    const bool known = outcome.failure == HttpFailure::kNone && outcome.answer.status < 300 &&
                       received && can_go_on(*received, blob_.descriptor.size);
    if (!known) return forget();
    offset_ = *received;
    if (!outcome.answer.header("location").empty()) follow(*url_, outcome);
  }

  /// After a failure: waits and finds a place to go on from, or gives up.
  Status recover(const HttpOutcome& outcome) {
    const bool refused = !is_last() && refuses_chunk(outcome);
    const std::uint64_t place = offset_;
    if (!wait_for_retry(outcome, refused)) return fail(outcome, "upload");
    // The answer may have been lost, not the request.
    if (succeeded(look(), 200)) {
      finished_ = true;
      return {};
    }
    if (url_) ask_registry();
    if (refused && (!url_ || offset_ == place)) send_whole();
    return {};
  }

  Status finish(TransferState state) {
    memory_.forget();
    places_.remember(target_.repository);
    board_.place(entry_, blob_.descriptor.size);
    board_.state(entry_, state);
    return {};
  }

  Status fail(const HttpOutcome& outcome, const std::string& doing) {
    board_.state(entry_, TransferState::kFailed);
    if (session_.access().cancellation().cancelled()) return Error{"Interrupted"};
    const std::string what = doing + " of " + blob_.descriptor.digest.text();
    Error error = upload_error(outcome, what, target_.registry, target_.repository);
    if (has_error_code(outcome.answer, "DIGEST_INVALID")) {
      error.message += ". Its bytes are not what its digest says: a file has changed or is damaged";
    }
    return error;
  }

  const Blob& blob_;
  std::uint64_t threshold_;  ///< A blob up to this size goes in one request.
  const BlobMemory places_;
  bool mount_tried_ = false;
  bool mounted_ = false;
  bool finished_ = false;
};

}  // namespace

Url mount_url(const RegistrySession& session, const std::string& repository, const Digest& digest,
              const std::string& from) {
  Url url = session.url(repository, "blobs/uploads/");
  url.target = with_query(url.target, "mount", digest.text());
  url.target = with_query(url.target, "from", from);
  return url;
}

std::uint64_t chunk_size(const UploadOptions& options, const HttpAnswer& answer) {
  std::uint64_t chunk = options.chunk;
  const std::uint64_t most = number(answer.header(kChunkMaximum));
  if (most > kChunkMargin) chunk = std::min(chunk, most - kChunkMargin);
  return std::max({chunk, number(answer.header("oci-chunk-min-length")), std::uint64_t{1}});
}

Result<Url> upload_place(const Url& base, const HttpAnswer& answer) {
  Result<Url> next = resolve_url(base, answer.header("location"));
  if (next && (base.scheme != "https" || next->scheme == "https")) return next;
  return Error{"the registry named no usable place to upload to"};
}

std::optional<std::uint64_t> received_bytes(std::string_view range) {
  if (range.starts_with("bytes=")) range.remove_prefix(6);
  if (!range.starts_with("0-")) return std::nullopt;
  range.remove_prefix(2);
  std::uint64_t last = 0;
  const auto read = std::from_chars(range.data(), range.data() + range.size(), last);
  if (read.ec != std::errc() || read.ptr != range.data() + range.size()) return std::nullopt;
  return last == 0 ? 0 : last + 1;
}

Status upload_blob(RegistrySession& session, const UploadTarget& target, const Blob& blob,
                   TransferBoard& board, std::size_t entry) {
  return Upload(session, target, blob, board, entry).run();
}

}  // namespace cogpp::cli
