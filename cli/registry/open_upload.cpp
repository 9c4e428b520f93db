// Only what was never reached before counts as progress: a line that always breaks at the
// same place must not be tried for ever.
#include "cli/registry/open_upload.hpp"

#include <algorithm>
#include <filesystem>

namespace cogpp::cli {

OpenUpload::OpenUpload(RegistrySession& session, const UploadTarget& target, TransferBoard& board,
                       std::size_t entry, const std::string& remembered)
    : session_(session),
      target_(target),
      board_(board),
      entry_(entry),
      scope_(push_scope(target.repository)),
      chunk_(target.options.chunk),
      memory_(remembered.empty() ? std::filesystem::path() : target.options.memory,
              target.registry + "/" + target.repository + "@" + remembered) {}

HttpRequest OpenUpload::begin_request() const {
  return {.method = "POST", .url = session_.url(target_.repository, "blobs/uploads/")};
}

std::uint64_t OpenUpload::next_size(std::uint64_t rest) const {
  return whole_ ? rest : std::min(rest, chunk_);
}

HttpRequest OpenUpload::chunk_request(std::uint64_t size) const {
  HttpRequest request{.method = "PATCH", .url = *url_};
  request.headers = {{"Content-Type", "application/octet-stream"}};
  if (!whole_) {
    request.headers.emplace_back(
        "Content-Range", std::to_string(offset_) + "-" + std::to_string(offset_ + size - 1));
  }
  return request;
}

UploadPart OpenUpload::part(const Content& content, std::uint64_t size) {
  return {.content = &content, .offset = offset_, .size = size, .sent = [this](std::size_t count) {
            board_.moved(entry_, count);
            return !session_.access().cancellation().cancelled();
          }};
}

void OpenUpload::reached(std::uint64_t place) {
  offset_ = place;
  if (offset_ > furthest_) backoff_.reset();
  furthest_ = std::max(furthest_, offset_);
}

void OpenUpload::follow(const Url& base, HttpOutcome& outcome) {
  const Result<Url> next = upload_place(base, outcome.answer);
  if (!next) {
    outcome.failure = HttpFailure::kContent;
    outcome.reason = next.error().message;
    return;
  }
  url_ = *next;
  if (offset_ > 0) memory_.remember(*url_);
}

void OpenUpload::forget() {
  url_.reset();
  offset_ = 0;
  memory_.forget();
}

bool OpenUpload::can_go_on(std::uint64_t place, std::uint64_t size) const {
  return place == size || (place < size && !whole_);
}

bool OpenUpload::refuses_chunk(const HttpOutcome& outcome) const {
  const int status = outcome.answer.status;
  return outcome.failure == HttpFailure::kNone && url_ && !whole_ &&
         (status == 400 || status == 416);
}

void OpenUpload::send_whole() {
  whole_ = true;
  forget();
}

bool OpenUpload::wait_for_retry(const HttpOutcome& outcome, bool chunk_refused) {
  const int status = outcome.answer.status;
  const bool lost =
      outcome.failure == HttpFailure::kNone && url_ && (status == 404 || status == 416);
  if (!lost && !chunk_refused && !is_passing(outcome)) return false;
  board_.state(entry_, TransferState::kRetrying);
  return session_.wait(backoff_, outcome);
}

}  // namespace cogpp::cli
