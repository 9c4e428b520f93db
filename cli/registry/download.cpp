// The hash runs along with the writing; a second try asks for the rest by Range.
#include "cli/registry/download.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

#include "cli/registry/retry.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace {

class Downloader {
 public:
  Downloader(const Download& wanted, const DownloadReport& report)
      : wanted_(wanted), report_(report) {}

  Result<Digest> run(const SendRequest& send) {
    report_.board.state(report_.entry, TransferState::kRunning);
    if (const Status opened = begin_anew(); !opened) return opened.error();
    for (;;) {
      const HttpOutcome outcome = send(next_request());
      const int status = outcome.answer.status;
      if (outcome.failure == HttpFailure::kNone && (status == 200 || status == 206)) break;
      if (const Status waited = recover(outcome); !waited) return waited.error();
    }
    const Digest digest = hash_.digest();
    if (wanted_.digest && digest != *wanted_.digest) {
      return fail(wanted_.what + ": other bytes came than its digest says (" + digest.text() + ")");
    }
    report_.board.state(report_.entry, TransferState::kDone);
    return digest;
  }

 private:
  Status begin_anew() {
    hash_ = Sha256();
    offset_ = 0;
    report_.board.place(report_.entry, 0);
    Result<Descriptor> file = create_file(wanted_.target);
    if (!file) return file.error();
    file_ = std::move(*file);
    return {};
  }

  HttpRequest next_request() {
    HttpRequest request = wanted_.request;
    if (offset_ > 0) {
      request.headers.emplace_back("Range", "bytes=" + std::to_string(offset_) + "-");
    }
    request.answered = [this](int status) {
      // A server that knows no ranges sends the whole again.
      if (status == 200 && offset_ > 0) keep(begin_anew());
    };
    request.receiver = [this](std::string_view bytes) { return write(bytes); };
    return request;
  }

  bool write(std::string_view bytes) {
    if (problem_) return false;
    hash_.update(bytes);
    offset_ += bytes.size();
    report_.board.moved(report_.entry, bytes.size());
    keep(write_all(file_.get(), bytes, wanted_.target));
    return !problem_ && !report_.cancellation.cancelled();
  }

  void keep(const Status& status) {
    if (!status && !problem_) problem_ = status.error();
  }

  /// Waits before the next try, or says why there is none.
  Status recover(const HttpOutcome& outcome) {
    if (report_.cancellation.cancelled()) return fail("Interrupted");
    if (problem_) return fail(problem_->message);
    if (offset_ > furthest_) backoff_.reset();
    furthest_ = std::max(furthest_, offset_);
    const std::string reason =
        outcome.failure != HttpFailure::kNone
            ? outcome.reason
            : "answered with status " + std::to_string(outcome.answer.status);
    // A place behind the end, or a file that is not the same: only the whole helps.
    const bool misplaced = offset_ > 0 && outcome.answer.status == 416;
    if (!misplaced && !is_passing(outcome)) return fail(wanted_.what + ": " + reason);
    report_.board.state(report_.entry, TransferState::kRetrying);
    const auto asked = retry_after(outcome.answer.header("retry-after"), std::time(nullptr));
    const auto delay = backoff_.next(asked);
    if (!delay) return fail(wanted_.what + ": " + reason);
    if (!report_.cancellation.sleep(*delay)) return fail("Interrupted");
    report_.board.state(report_.entry, TransferState::kRunning);
    return misplaced || !wanted_.digest ? begin_anew() : Status();
  }

  Error fail(std::string message) const {
    report_.board.state(report_.entry, TransferState::kFailed);
    return Error{std::move(message)};
  }

  const Download& wanted_;
  const DownloadReport& report_;
  Descriptor file_;
  Sha256 hash_;
  Backoff backoff_;
  std::uint64_t offset_ = 0;    ///< What is written and hashed.
  std::uint64_t furthest_ = 0;  ///< Only what is new counts as progress.
  std::optional<Error> problem_;
};

}  // namespace

Result<Digest> download(const Download& wanted, const SendRequest& send,
                        const DownloadReport& report) {
  return Downloader(wanted, report).run(send);
}

Status download_blob(RegistrySession& session, const std::string& repository, const Digest& digest,
                     const std::filesystem::path& target, const DownloadReport& report) {
  const Result<Digest> fetched = download(
      {.what = "layer " + digest.text(),
       .request = {.url = session.url(repository, "blobs/" + digest.text())},
       .target = target,
       .digest = digest},
      [&](const HttpRequest& request) { return session.send(request, pull_scope(repository)); },
      report);
  return fetched ? Status() : Status(fetched.error());
}

}  // namespace cogpp::cli
