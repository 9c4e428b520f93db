// The hash runs with the bytes of the present chunk and is kept once the registry has
// them; where the registry stands elsewhere, the bytes up to there are read again.
#include "cli/registry/stream_upload.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include "cli/registry/open_upload.hpp"

namespace cogpp::cli {
namespace {

constexpr std::size_t kRehashSize = std::size_t{1} << 20U;

bool went_well(const HttpOutcome& outcome) {
  return outcome.failure == HttpFailure::kNone && outcome.answer.status < 300;
}

class StreamUpload : OpenUpload {
 public:
  StreamUpload(RegistrySession& session, const UploadTarget& target, const StreamedLayer& layer,
               TransferBoard& board, std::size_t entry)
      : OpenUpload(session, target, board, entry, layer.key), content_(layer.content) {}

  Result<OciDescriptor> run() {
    board_.state(entry_, TransferState::kRunning);
    if (const std::optional<Url> known = memory_.location()) {
      url_ = *known;
      if (const Status resumed = resume(); !resumed) return resumed.error();
    }
    while (!done_) {
      const HttpOutcome outcome = step();
      if (went_well(outcome)) continue;
      if (const Status recovered = recover(outcome); !recovered) return recovered.error();
    }
    memory_.forget();
    board_.place(entry_, content_.size());
    board_.state(entry_, TransferState::kDone);
    return OciDescriptor{
        .media_type = kOciLayer, .digest = hash_.digest(), .size = content_.size()};
  }

 private:
  HttpOutcome step() {
    if (!url_) return begin();
    return offset_ == content_.size() ? finish() : send_chunk();
  }

  HttpOutcome begin() {
    const HttpRequest request = begin_request();
    HttpOutcome outcome = session_.send(request, scope_);
    if (went_well(outcome)) {
      chunk_ = chunk_size(target_.options, outcome.answer);
      follow(request.url, outcome);
    }
    return outcome;
  }

  HttpOutcome send_chunk() {
    board_.state(entry_, TransferState::kRunning);
    board_.place(entry_, offset_);
    const std::uint64_t size = next_size(content_.size() - offset_);
    Sha256 hash;
    HttpRequest request = chunk_request(size);
    request.upload = hashed_part(size, hash);
    HttpOutcome outcome = session_.send(request, scope_);
    if (!went_well(outcome)) return outcome;
    hash_ = std::move(hash);
    reached(offset_ + size);
    follow(*url_, outcome);
    const auto received = received_bytes(outcome.answer.header("range"));
    if (received && *received > 0 && *received != offset_) move_to(*received, outcome);
    return outcome;
  }

  UploadPart hashed_part(std::uint64_t size, Sha256& hash) {
    UploadPart sent = part(content_, size);
    sent.read = [this, &hash](std::string_view bytes) {
      // A request may be sent twice, with another token.
      if (bytes.empty()) hash = hash_.copy();
      hash.update(bytes);
    };
    return sent;
  }

  HttpOutcome finish() {
    HttpRequest request{.method = "PUT", .url = *url_};
    request.url.target = with_query(request.url.target, "digest", hash_.digest().text());
    HttpOutcome outcome = session_.send(request, scope_);
    done_ = went_well(outcome);
    return outcome;
  }

  /// Takes up where the registry stands. An outcome that says why it failed is changed.
  void move_to(std::uint64_t place, HttpOutcome& outcome) {
    if (place > content_.size()) return start_over();
    if (place < offset_) {
      hash_ = Sha256();
      offset_ = 0;
    }
    ContentReader reader(content_, offset_);
    std::string buffer(kRehashSize, '\0');
    while (offset_ < place) {
      const Result<std::size_t> count =
          reader.read(buffer.data(), std::min<std::uint64_t>(buffer.size(), place - offset_));
      if (!count || *count == 0) {
        outcome.failure = HttpFailure::kContent;
        outcome.reason = count ? "a file became shorter" : count.error().message;
        return;
      }
      hash_.update({buffer.data(), *count});
      offset_ += *count;
    }
  }

  void start_over() {
    hash_ = Sha256();
    forget();
  }

  /// Asks how much the registry has, and goes on from there, or from the begin.
  Status resume() {
    HttpOutcome asked = session_.ask({.url = *url_}, scope_);
    const auto received = received_bytes(asked.answer.header("range"));
    if (!went_well(asked) || !received || !can_go_on(*received, content_.size())) {
      start_over();
      return {};
    }
    move_to(*received, asked);
    if (url_ && !asked.answer.header("location").empty()) follow(*url_, asked);
    return asked.failure == HttpFailure::kNone ? Status() : fail(asked);
  }

  /// After a failure: waits and finds a place to go on from, or gives up.
  Status recover(const HttpOutcome& outcome) {
    const bool refused = offset_ < content_.size() && refuses_chunk(outcome);
    const std::uint64_t place = offset_;
    if (!wait_for_retry(outcome, refused)) return fail(outcome);
    if (!url_) return {};
    // The answer to the last request may have been lost, not the request.
    if (offset_ == content_.size() && is_there()) {
      done_ = true;
      return {};
    }
    const Status resumed = resume();
    if (resumed && refused && (!url_ || offset_ == place)) {
      send_whole();
      start_over();
    }
    return resumed;
  }

  bool is_there() {
    const HttpOutcome outcome =
        session_.ask({.method = "HEAD",
                      .url = session_.url(target_.repository, "blobs/" + hash_.digest().text())},
                     scope_);
    return outcome.failure == HttpFailure::kNone && outcome.answer.status == 200;
  }

  Error fail(const HttpOutcome& outcome) {
    board_.state(entry_, TransferState::kFailed);
    if (session_.access().cancellation().cancelled()) return Error{"Interrupted"};
    return upload_error(outcome, "upload of a layer", target_.registry, target_.repository);
  }

  const Content& content_;
  Sha256 hash_;  ///< Of what lies before offset_.
  bool done_ = false;
};

}  // namespace

Result<OciDescriptor> stream_layer(RegistrySession& session, const UploadTarget& target,
                                   const StreamedLayer& layer, TransferBoard& board,
                                   std::size_t entry) {
  return StreamUpload(session, target, layer, board, entry).run();
}

}  // namespace cogpp::cli
