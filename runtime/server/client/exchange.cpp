// The request is written first, whatever becomes of it; then httplib, whose own request
// goes nowhere, parses what comes back. A server that answers before it has read the
// whole body is heard that way.
#include "runtime/server/client/exchange.hpp"

#include <httplib.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <utility>

#include "schema/environment.hpp"
#include "schema/proxy.hpp"

namespace cogpp::server::client {
namespace {

using End = Exchanged::End;

constexpr std::size_t kReadBuffer = 64 * 1024;
// httplib matches the status line with a recursive regex, which a long one could
// drive through the stack.
constexpr std::size_t kMaxStatusLine = 2048;
constexpr std::size_t kMaxHead = 512 * 1024;
constexpr int kNoPort = -1;

/// A Connection as httplib reads it: buffered, since it takes heads byte by byte.
class ReplyStream : public httplib::Stream {
 public:
  explicit ReplyStream(Connection& connection) : connection_(connection) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }
  /// httplib's idea of the request: ours is sent already.
  ssize_t write(const char*, std::size_t size) override { return static_cast<ssize_t>(size); }

  ssize_t read(char* to, std::size_t size) override {
    if (begin_ == end_) {
      const ssize_t n = connection_.read(buffer_.data(), buffer_.size());
      if (n <= 0) return n;
      begin_ = 0;
      end_ = static_cast<std::size_t>(n);
    }
    const std::size_t n = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, n, to);
    begin_ += n;
    return in_body_ || head_is_bounded(to, n) ? static_cast<ssize_t>(n) : -1;
  }

  void enter_body() { in_body_ = true; }
  bool drained() const { return begin_ == end_; }
  bool untouched() const { return head_bytes_ == 0; }

 private:
  bool head_is_bounded(const char* bytes, std::size_t size) {
    head_bytes_ += size;
    has_line_ = has_line_ || std::find(bytes, bytes + size, '\n') != bytes + size;
    return head_bytes_ <= (has_line_ ? kMaxHead : kMaxStatusLine);
  }

  Connection& connection_;
  std::array<char, kReadBuffer> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t head_bytes_ = 0;
  bool has_line_ = false;
  bool in_body_ = false;
};

/// httplib's client with its sockets taken away.
class ReplyReader : public httplib::ClientImpl {
 public:
  ReplyReader(const Url& url, ReplyStream& stream)
      : ClientImpl(url.host, url.port), stream_(stream) {
    set_decompress(false);
  }

 private:
  bool create_and_connect_socket(Socket&, httplib::Error&) override { return true; }
  void shutdown_ssl(Socket&, bool) override {}
  bool process_socket(const Socket&, std::function<bool(httplib::Stream&)> callback) override {
    return callback(stream_);
  }

  ReplyStream& stream_;
};

ReplyHead head_of(const httplib::Response& response) {
  ReplyHead head{.status = response.status,
                 .reason = response.reason,
                 .location = std::nullopt,
                 .content_encoding = response.get_header_value("Content-Encoding"),
                 .content_length = response.get_header_value_u64("Content-Length")};
  if (response.has_header("Location")) head.location = response.get_header_value("Location");
  return head;
}

/// Whether the reply's end was known from itself and the connection stays open.
bool can_be_kept(const httplib::Response& response) {
  const std::string connection = response.get_header_value("Connection");
  const bool sized = response.status == 204 || response.has_header("Content-Length") ||
                     response.get_header_value("Transfer-Encoding") == "chunked";
  return sized && response.version == "HTTP/1.1" && connection != "close" && connection != "Close";
}

/// One request; on the stack of the thread that makes it.
class Exchange {
 public:
  Exchange(const Url& url, const Request& request, const ReplySink& sink, const Limits& limits,
           const StopSignal& stop)
      : url_(url), request_(request), sink_(sink), limits_(limits), stop_(stop) {}

  Exchanged run(KeptConnection* kept) {
    auto proxy = proxy_for(url_.tls, peer(), environment_variable);
    if (!proxy) return ended(End::kNotSent, proxy.error());
    proxy_ = std::move(proxy).value();
    if (kept != nullptr && !request_.body && take(*kept)) {
      Exchanged result = talk(kept);
      // The other side may close an idle connection at any time: not an answer.
      if (result.end != End::kBroken || !unanswered_) return result;
    }
    auto opened = Connection::open(route(), stop_);
    if (stop_.raised()) return ended(End::kStopped, {});
    if (!opened) return ended(End::kNotConnected, opened.error());
    connection_ = std::move(opened).value();
    return talk(kept);
  }

 private:
  static Exchanged ended(End end, Error error) { return {end, std::move(error), {}}; }

  Authority peer() const { return {.host = url_.host, .port = url_.port}; }

  std::string route_name() const {
    return (proxy_ ? proxy_->text() + " " : "") + (url_.tls ? "https://" : "http://") +
           url_.authority();
  }

  bool take(KeptConnection& kept) {
    connection_ = std::move(kept.connection);
    if (!connection_ || kept.route != route_name() || !connection_->is_quiet()) return false;
    connection_->reuse(stop_, limits_.deadline);
    return true;
  }

  Route route() const {
    Route route;
    const Authority next = proxy_ ? proxy_->at : peer();
    route.host = next.host;
    route.port = next.port;
    route.tls = url_.tls;
    route.trust = limits_.trust;
    route.tls_name = url_.host;
    // What a proxy may reach is the proxy's business; it often is private itself.
    route.forbid_private = limits_.forbid_private_addresses && !proxy_;
    route.connect_timeout = limits_.connect_timeout;
    route.read_timeout = limits_.read_timeout;
    route.deadline = limits_.deadline;
    if (proxy_ && url_.tls) {
      route.tunnel = peer().text(kNoPort);
      if (!proxy_->at.user_info.empty()) {
        route.tunnel_headers =
            "Proxy-Authorization: " + basic_credentials(proxy_->at.user_info) + "\r\n";
      }
    }
    return route;
  }

  std::string head() const {
    const bool by_proxy = proxy_ && !url_.tls;
    std::string text = request_.method + " ";
    if (by_proxy) text += "http://" + url_.authority();
    text += url_.target + " HTTP/1.1\r\n";
    for (const Header& header : request_.headers) {
      text += header.name + ": " + header.value + "\r\n";
    }
    if (by_proxy && !proxy_->at.user_info.empty()) {
      text += "Proxy-Authorization: " + basic_credentials(proxy_->at.user_info) + "\r\n";
    }
    return text + "\r\n";
  }

  bool write_all(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t n = connection_->write(bytes.data(), bytes.size());
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  /// The request's bytes. The error is about its own body only: what the other side
  /// makes of them shows in the reply.
  Status write_request() {
    bool taken = write_all(head() + std::string(request_.content));
    while (request_.body) {
      const auto block = request_.body();
      if (!block) return block.error();
      if (block->empty() || !taken) break;
      taken = write_all(*block);
    }
    return {};
  }

  Exchanged talk(KeptConnection* kept) {
    unanswered_ = false;
    if (const Status written = write_request(); !written) {
      return ended(End::kNotSent, written.error());
    }
    if (stop_.raised()) return ended(End::kStopped, {});
    if (connection_->timed_out()) return ended(End::kTimedOut, {});
    ReplyStream stream(*connection_);
    ReplyReader reader(url_, stream);
    httplib::Request reading = reading_request(stream);
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    const bool complete = reader.send(reading, response, error);
    unanswered_ = stream.untouched();
    Exchanged result{complete ? End::kComplete : End::kBroken, {}, {}};
    if (complete || head_came_) result.reply = head_of(response);
    if (refused_) result.end = End::kRefused;
    if (!complete && connection_->timed_out()) result.end = End::kTimedOut;
    if (stop_.raised()) result.end = End::kStopped;
    if (kept != nullptr && complete && stream.drained() && can_be_kept(response)) {
      *kept = {std::move(connection_), route_name()};
    }
    return result;
  }

  httplib::Request reading_request(ReplyStream& stream) {
    httplib::Request reading;
    reading.method = request_.method;
    reading.path = "/";
    reading.response_handler = [this, &stream](const httplib::Response& response) {
      stream.enter_body();
      head_came_ = true;
      refused_ = sink_.head && !sink_.head(head_of(response));
      return !refused_;
    };
    reading.content_receiver = [this](const char* data, std::size_t size, std::uint64_t,
                                      std::uint64_t) {
      refused_ = stop_.raised() || (sink_.body && !sink_.body({data, size}));
      return !refused_;
    };
    return reading;
  }

  const Url& url_;
  const Request& request_;
  const ReplySink& sink_;
  const Limits& limits_;
  const StopSignal& stop_;
  std::optional<Proxy> proxy_;
  std::unique_ptr<Connection> connection_;
  bool head_came_ = false;  ///< To its empty line.
  bool refused_ = false;
  bool unanswered_ = false;
};

}  // namespace

std::string basic_credentials(const std::string& user_info) {
  // RFC 7617 wants the colon also where there is no password.
  const bool has_password = user_info.find(':') != std::string::npos;
  const std::string plain = cogpp::percent_decode(user_info) + (has_password ? "" : ":");
  std::string encoded(4 * ((plain.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                   reinterpret_cast<const unsigned char*>(plain.data()),
                                   static_cast<int>(plain.size()));
  encoded.resize(static_cast<std::size_t>(size));
  return "Basic " + encoded;
}

bool is_forbidden(const Error& error) { return error.message.starts_with(kPrivateForbidden); }

Exchanged exchange(const Url& url, const Request& request, const ReplySink& sink,
                   const Limits& limits, const StopSignal& stop, KeptConnection* kept) {
  return Exchange(url, request, sink, limits, stop).run(kept);
}

}  // namespace cogpp::server::client
