// httplib parses and frames; connecting, TLS and waiting are ours (connection.hpp),
// put under it as a Stream. Redirects are followed here: httplib would follow them
// with clients of its own that no stop request reaches.
#include "runtime/server/files/download.hpp"

#include <httplib.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "runtime/server/files/base64.hpp"
#include "runtime/server/files/connection.hpp"
#include "runtime/server/files/proxy.hpp"
#include "runtime/server/files/text.hpp"

namespace cogpp::server::files {
namespace {

constexpr std::size_t kReadBuffer = 64 * 1024;
// httplib matches the status line with a recursive regex, which a long one could
// drive through the stack.
constexpr std::size_t kMaxStatusLine = 2048;
constexpr std::size_t kMaxHead = 512 * 1024;

/// A Connection as httplib reads it: buffered, since it takes heads byte by byte.
class DownloadStream : public httplib::Stream {
 public:
  explicit DownloadStream(Connection& connection) : connection_(connection) {}

  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }
  ssize_t write(const char* from, std::size_t size) override {
    return connection_.write(from, size);
  }

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
class Client : public httplib::ClientImpl {
 public:
  Client(const Url& url, DownloadStream& stream) : ClientImpl(url.host, url.port), stream_(stream) {
    set_url_encode(false);  // Targets are escaped already, and signed ones must not change.
    set_decompress(false);
  }

 private:
  bool create_and_connect_socket(Socket&, httplib::Error&) override { return true; }
  void shutdown_ssl(Socket&, bool) override {}
  bool process_socket(const Socket&, std::function<bool(httplib::Stream&)> callback) override {
    return callback(stream_);
  }

  DownloadStream& stream_;
};

/// What one request came to: a finished file, or where to go on.
struct Outcome {
  std::optional<std::string> location;
};

std::string pool(const Url& url) {
  return std::string(url.tls ? "HTTPSConnectionPool" : "HTTPConnectionPool") + "(host='" +
         url.host + "', port=" + std::to_string(url.port) + "): ";
}

std::string basic_credentials(const std::string& user_info) {
  std::string line = "Basic ";
  append_base64(line, percent_decode(user_info));
  return line;
}

/// One request. Lives for one download() step, on one thread.
class Exchange {
 public:
  Exchange(const Url& url, NewFile& file, const FetchLimits& limits, const StopSignal& stop)
      : url_(url), file_(file), limits_(limits), stop_(stop) {}

  Result<Outcome> run() {
    auto proxy = proxy_for(url_, from_environment);
    if (!proxy) return proxy.error();
    proxy_ = std::move(proxy).value();
    auto connection = Connection::open(route(), stop_);
    if (!connection) {
      return Error{pool(url_) + "Max retries exceeded with url: " + url_.target + " (Caused by " +
                   connection.error().message + ")"};
    }
    DownloadStream stream(**connection);
    Client client(url_, stream);
    httplib::Request request = make_request(stream);
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    const bool sent = client.send(request, response, error);
    if (stop_.raised()) return Error{"the download was canceled"};
    if (refusal_) return *refusal_;
    if (location_) return Outcome{location_};
    if (!sent) return broken(**connection, response);
    return Outcome{};
  }

 private:
  Route route() const {
    Route route;
    const Url& peer = proxy_ ? *proxy_ : url_;
    route.host = peer.host;
    route.port = peer.port;
    route.tls = url_.tls;
    route.trust = limits_.trust;
    route.tls_name = url_.host;
    // What a proxy may reach is the proxy's business; it often is private itself.
    route.forbid_private = limits_.forbid_private_addresses && !proxy_;
    route.connect_timeout = std::chrono::seconds(limits_.connect_timeout_s);
    route.read_timeout = std::chrono::seconds(limits_.read_timeout_s);
    if (proxy_ && url_.tls) {
      const bool v6 = url_.host.find(':') != std::string::npos;
      route.tunnel = (v6 ? "[" + url_.host + "]" : url_.host) + ":" + std::to_string(url_.port);
      if (!proxy_->user_info.empty()) {
        route.tunnel_headers =
            "Proxy-Authorization: " + basic_credentials(proxy_->user_info) + "\r\n";
      }
    }
    return route;
  }

  httplib::Request make_request(DownloadStream& stream) {
    httplib::Request request;
    request.method = "GET";
    const bool by_proxy = proxy_ && !url_.tls;
    request.path = by_proxy ? "http://" + url_.authority() + url_.target : url_.target;
    request.set_header("Host", url_.authority());
    request.set_header("User-Agent", limits_.user_agent.empty() ? "cogpp/" COGPP_VERSION_TEXT
                                                                : limits_.user_agent);
    request.set_header("Accept-Encoding", "identity");
    if (!url_.user_info.empty()) {
      request.set_header("Authorization", basic_credentials(url_.user_info));
    }
    if (by_proxy && !proxy_->user_info.empty()) {
      request.set_header("Proxy-Authorization", basic_credentials(proxy_->user_info));
    }
    request.response_handler = [this, &stream](const httplib::Response& response) {
      stream.enter_body();
      return accept(response);
    };
    request.content_receiver = [this](const char* data, std::size_t size, std::uint64_t,
                                      std::uint64_t) {
      return receive({data, size});
    };
    return request;
  }

  /// Looks at the head; whether its body is the file.
  bool accept(const httplib::Response& response) {
    const int status = response.status;
    const bool moved =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (moved && response.has_header("Location")) {
      location_ = response.get_header_value("Location");
      return false;
    }
    if (status >= 400) {
      refusal_ = Error{std::to_string(status) + (status < 500 ? " Client" : " Server") +
                       " Error: " + response.reason + " for url: " + url_.text()};
      return false;
    }
    const std::string encoding = response.get_header_value("Content-Encoding");
    if (!encoding.empty() && encoding != "identity") {
      refusal_ = Error{url_.text() + " was sent with content-encoding " + encoding +
                       " although none was asked for; serve the file unencoded"};
      return false;
    }
    expected_ = response.get_header_value_u64("Content-Length");
    return expected_ <= limits_.max_bytes || refuse_size();
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
                     std::to_string(limits_.max_bytes) + " bytes"};
    return false;
  }

  Error broken(const Connection& connection, const httplib::Response& response) const {
    if (connection.timed_out()) {
      return Error{pool(url_) +
                   "Read timed out. (read timeout=" + std::to_string(limits_.read_timeout_s) + ")"};
    }
    if (response.status <= 0) {
      return Error{
          "('Connection aborted.', RemoteDisconnected('Remote end closed connection "
          "without response'))"};
    }
    const std::uint64_t more = expected_ > received_ ? expected_ - received_ : 0;
    return Error{"Connection broken: IncompleteRead(" + std::to_string(received_) +
                 " bytes read, " + std::to_string(more) + " more expected)"};
  }

  const Url& url_;
  NewFile& file_;
  const FetchLimits& limits_;
  const StopSignal& stop_;
  std::optional<Url> proxy_;
  std::optional<std::string> location_;
  std::optional<Error> refusal_;
  std::uint64_t expected_ = 0;
  std::uint64_t received_ = 0;
};

}  // namespace

Status download(const Url& url, NewFile& file, const FetchLimits& limits, const StopSignal& stop) {
  Url current = url;
  for (int redirects = 0;; ++redirects) {
    auto outcome = Exchange(current, file, limits, stop).run();
    if (!outcome) return outcome.error();
    if (!outcome->location) return {};
    if (redirects >= limits.max_redirects) {
      return Error{"Exceeded " + std::to_string(limits.max_redirects) + " redirects."};
    }
    auto next = resolve_location(current, *outcome->location);
    if (!next) return next.error();
    if (next->fragment.empty()) next->fragment = current.fragment;
    current = std::move(next).value();
  }
}

}  // namespace cogpp::server::files
