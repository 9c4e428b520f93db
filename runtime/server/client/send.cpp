// The redirect rules of reqwest, Cog's client: 307 and 308 repeat the request, others
// turn it into a GET; credentials stay with their host.
#include "runtime/server/client/send.hpp"

#include <algorithm>
#include <utility>

namespace cogpp::server::client {
namespace {

constexpr std::uint64_t kMaxReplyBody = 64 * 1024;  ///< More is not worth a connection.

bool repeats(int status) { return status == 307 || status == 308; }
bool turns_into_get(int status) { return status == 301 || status == 302 || status == 303; }

std::string without_fragment(Url url) {
  url.fragment.clear();
  return url.text();
}

void drop(std::vector<Header>& headers, std::string_view name) {
  std::erase_if(headers, [name](const Header& header) { return header.name == name; });
}

/// One message on its way through redirects.
class Sending {
 public:
  Sending(const Url& url, const Message& message) : message_(message), url_(url) {
    headers_ = message.headers;
    const auto named = [](const Header& header) { return header.name == "authorization"; };
    if (!url.user_info.empty() && std::ranges::none_of(headers_, named)) {
      headers_.push_back({"authorization", basic_credentials(url.user_info)});
    }
  }

  Sent run(const Limits& limits, const StopSignal& stop, KeptConnection* kept) {
    for (int redirects = 0;; ++redirects) {
      Exchanged result = once(limits, stop, kept);
      const auto& location = result.reply.location;
      if (result.end != Exchanged::End::kComplete || !location || !follows(result.reply.status)) {
        return {std::move(result), std::move(url_)};
      }
      auto next = resolve_location(url_, *location);
      if (!next || redirects == kMaxRedirects) {
        result.end = Exchanged::End::kBroken;
        result.error = next ? Error{"too many redirects"} : next.error();
        return {std::move(result), std::move(url_)};
      }
      go_to(std::move(next).value(), result.reply.status);
    }
  }

 private:
  bool follows(int status) const {
    return repeats(status) || (message_.becomes_get && turns_into_get(status));
  }

  Exchanged once(const Limits& limits, const StopSignal& stop, KeptConnection* kept) const {
    Request request{.method = get_ ? "GET" : message_.method,
                    .headers = headers_,
                    .content = get_ ? std::string_view() : message_.content,
                    .body = {}};
    request.headers.push_back({"host", url_.authority()});
    if (!get_) {
      const auto size = message_.open_body ? message_.size : message_.content.size();
      request.headers.push_back({"content-length", std::to_string(size)});
    }
    if (!get_ && message_.open_body) {
      auto body = message_.open_body();
      if (!body) return {Exchanged::End::kNotSent, body.error(), {}};
      request.body = std::move(body).value();
    }
    std::uint64_t received = 0;
    const ReplySink sink{.head = {}, .body = [&received](std::string_view bytes) {
                           received += bytes.size();
                           return received <= kMaxReplyBody;
                         }};
    Exchanged result = exchange(url_, request, sink, limits, stop, kept);
    // The status was there: how the rest of the reply ends does not matter.
    using End = Exchanged::End;
    if (result.reply.status > 0 && result.end != End::kStopped) result.end = End::kComplete;
    return result;
  }

  void go_to(Url next, int status) {
    drop(headers_, "referer");
    if (next.host != url_.host || next.port != url_.port) drop(headers_, "authorization");
    if (!url_.tls || next.tls) headers_.push_back({"referer", without_fragment(url_)});
    if (!repeats(status)) {
      get_ = true;
      drop(headers_, "content-type");
    }
    url_ = std::move(next);
  }

  const Message& message_;
  Url url_;
  std::vector<Header> headers_;
  bool get_ = false;
};

}  // namespace

Sent send(const Url& url, const Message& message, const Limits& limits, const StopSignal& stop,
          KeptConnection* kept) {
  return Sending(url, message).run(limits, stop, kept);
}

}  // namespace cogpp::server::client
