// One exchange a redirect. Redirects are followed here, since each may lead to another
// file's end: the body of only the last one is the file.
#include "runtime/server/files/download.hpp"

#include <optional>
#include <string>
#include <utility>

#include "runtime/server/client/exchange.hpp"

namespace cogpp::server::files {
namespace {

using client::Exchanged;
using client::Url;

/// What one request came to: a finished file, or where to go on.
struct Outcome {
  std::optional<std::string> location;
};

std::string pool(const Url& url) {
  return std::string(url.tls ? "HTTPSConnectionPool" : "HTTPConnectionPool") + "(host='" +
         url.host + "', port=" + std::to_string(url.port) + "): ";
}

/// One request. Lives for one download() step, on one thread.
class Step {
 public:
  Step(const Url& url, NewFile& file, const FetchLimits& limits, const client::StopSignal& stop)
      : url_(url), file_(file), limits_(limits), stop_(stop) {}

  Result<Outcome> run() {
    const client::ReplySink sink{
        .head = [this](const client::ReplyHead& head) { return accept(head); },
        .body = [this](std::string_view bytes) { return receive(bytes); }};
    const client::Limits limits{.connect_timeout = std::chrono::seconds(limits_.connect_timeout_s),
                                .read_timeout = std::chrono::seconds(limits_.read_timeout_s),
                                .forbid_private_addresses = limits_.forbid_private_addresses,
                                .trust = limits_.trust};
    const Exchanged result = client::exchange(url_, request(), sink, limits, stop_);
    if (stop_.raised()) return Error{"the download was canceled"};
    if (refusal_) return *refusal_;
    if (location_) return Outcome{location_};
    if (result.end == Exchanged::End::kComplete) return Outcome{};
    return failure(result);
  }

 private:
  client::Request request() const {
    client::Request request;
    request.headers = {{"Host", url_.authority()},
                       {"User-Agent", limits_.user_agent.empty() ? "cogpp/" COGPP_VERSION_TEXT
                                                                 : limits_.user_agent},
                       {"Accept-Encoding", "identity"},
                       {"Accept", "*/*"},
                       {"Connection", "close"}};
    if (!url_.user_info.empty()) {
      request.headers.push_back({"Authorization", client::basic_credentials(url_.user_info)});
    }
    return request;
  }

  /// Looks at the head; whether its body is the file.
  bool accept(const client::ReplyHead& reply) {
    const int status = reply.status;
    const bool moved =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (moved && reply.location) {
      location_ = reply.location;
      return false;
    }
    if (status >= 400) {
      refusal_ = Error{std::to_string(status) + (status < 500 ? " Client" : " Server") +
                       " Error: " + reply.reason + " for url: " + url_.text()};
      return false;
    }
    const std::string& encoding = reply.content_encoding;
    if (!encoding.empty() && encoding != "identity") {
      refusal_ = Error{url_.text() + " was sent with content-encoding " + encoding +
                       " although none was asked for; serve the file unencoded"};
      return false;
    }
    return reply.content_length <= limits_.max_bytes || refuse_size();
  }

  bool receive(std::string_view bytes) {
    received_ += bytes.size();
    if (received_ > limits_.max_bytes) return refuse_size();
    if (stop_.raised()) return false;
    if (const Status status = file_.append(bytes); !status) refusal_ = status.error();
    return !refusal_;
  }

  bool refuse_size() {
    refusal_ = Error{url_.text() + " is larger than the limit of " +
                     std::to_string(limits_.max_bytes) + " bytes; raise it with --max-input-file"};
    return false;
  }

  Error failure(const Exchanged& result) const {
    using End = Exchanged::End;
    if (result.end == End::kNotSent) return result.error;
    if (result.end == End::kNotConnected) {
      return Error{pool(url_) + "Max retries exceeded with url: " + url_.target + " (Caused by " +
                   result.error.message + ")"};
    }
    if (result.end == End::kTimedOut) {
      return Error{pool(url_) +
                   "Read timed out. (read timeout=" + std::to_string(limits_.read_timeout_s) + ")"};
    }
    if (result.reply.status == 0) {
      return Error{
          "('Connection aborted.', RemoteDisconnected('Remote end closed connection "
          "without response'))"};
    }
    const std::uint64_t expected = result.reply.content_length;
    const std::uint64_t more = expected > received_ ? expected - received_ : 0;
    return Error{"Connection broken: IncompleteRead(" + std::to_string(received_) +
                 " bytes read, " + std::to_string(more) + " more expected)"};
  }

  const Url& url_;
  NewFile& file_;
  const FetchLimits& limits_;
  const client::StopSignal& stop_;
  std::optional<std::string> location_;
  std::optional<Error> refusal_;
  std::uint64_t received_ = 0;
};

}  // namespace

Status download(const Url& url, NewFile& file, const FetchLimits& limits,
                const client::StopSignal& stop) {
  Url current = url;
  for (int redirects = 0;; ++redirects) {
    auto outcome = Step(current, file, limits, stop).run();
    if (!outcome) return outcome.error();
    if (!outcome->location) return {};
    if (redirects >= limits.max_redirects) {
      return Error{"Exceeded " + std::to_string(limits.max_redirects) + " redirects."};
    }
    auto next = client::resolve_location(current, *outcome->location);
    if (!next) return next.error();
    if (next->fragment.empty()) next->fragment = current.fragment;
    current = std::move(next).value();
  }
}

}  // namespace cogpp::server::files
