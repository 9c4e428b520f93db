// One httplib client an origin, which a proxy's own refusals never pass for. Certificates
// are checked against the system's authorities and those that Docker's own folder names for
// the host.
#include "cli/registry/transport.hpp"

#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

#include "cli/registry/reference.hpp"
#include "cli/support/base64.hpp"
#include "schema/environment.hpp"
#include "schema/proxy.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSendSize = std::size_t{1} << 20U;
constexpr std::size_t kMostBody = std::size_t{32} << 20U;
constexpr std::chrono::seconds kConnectTimeout{20};
/// A registry hashes or moves a large blob before it answers the last request of it.
constexpr std::chrono::seconds kReadTimeout{300};
constexpr std::chrono::seconds kWriteTimeout{60};
constexpr int kProxyWantsLogin = 407;
constexpr const char* kUserAgent = "cogpp/" COGPP_VERSION;

/// Where Docker keeps additional authorities of a registry.
fs::path extra_authorities(const std::string& host) {
  return fs::path("/etc/docker/certs.d") / host;
}

HttpFailure failure_of(httplib::Error error) {
  switch (error) {
    case httplib::Error::Success:
      return HttpFailure::kNone;
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
    case httplib::Error::BindIPAddress:
    case httplib::Error::ProxyConnection:
      return HttpFailure::kConnection;
    case httplib::Error::SSLConnection:
      return HttpFailure::kHandshake;
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
    case httplib::Error::SSLServerHostnameVerification:
      return HttpFailure::kCertificate;
    case httplib::Error::Canceled:
      return HttpFailure::kCancelled;
    default:
      return HttpFailure::kCut;
  }
}

/// The environment's proxy to `url`. None leads to this machine itself, as for docker.
Result<std::optional<Proxy>> proxy_to(const Url& url) {
  if (is_loopback_registry(url.host)) return std::optional<Proxy>();
  const bool tls = url.scheme == "https";
  const Result<Authority> peer = parse_authority(url.host, tls ? 443 : 80);
  if (!peer) return peer.error().within(url.origin());
  return proxy_for(tls, *peer, environment_variable);
}

/// The proxy's password is for it alone: inside a tunnel none of our own requests has it,
/// but httplib's that opens the tunnel.
void go_by(const Proxy& proxy, bool tunnel, httplib::Client& client) {
  client.set_proxy(proxy.at.host, proxy.at.port);
  if (proxy.at.user_info.empty()) return;
  const std::string authorization = basic_authorization(percent_decode(proxy.at.user_info));
  client.set_header_writer([=](httplib::Stream& stream, httplib::Headers& headers) {
    const auto agent = headers.find("User-Agent");
    const bool own = agent != headers.end() && agent->second == kUserAgent;
    if (own != tunnel) headers.emplace("Proxy-Authorization", authorization);
    return httplib::detail::write_headers(stream, headers);
  });
}

/// What a proxy answered in the place of the other side.
HttpOutcome refused_by(const Proxy& proxy, const Url& url, int status) {
  HttpOutcome outcome;
  outcome.failure = status >= 500 ? HttpFailure::kConnection : HttpFailure::kProxy;
  outcome.reason = "the proxy " + proxy.text() + " does not connect to " + url.origin() +
                   " (status " + std::to_string(status) + ")";
  if (status == kProxyWantsLogin) {
    outcome.reason += "; name its user and password in its URL: http://USER:PASSWORD@HOST:PORT";
  }
  return outcome;
}

std::string reason_of(HttpFailure failure, const Url& url, const std::optional<Proxy>& proxy,
                      httplib::Error error) {
  const std::string by = proxy ? " by the proxy " + proxy->text() : "";
  switch (failure) {
    case HttpFailure::kConnection:
      return "could not connect to " + url.origin() + by;
    case HttpFailure::kHandshake:
      return url.origin() + " does not answer with TLS";
    case HttpFailure::kCertificate:
      return "the certificate of " + url.origin() +
             " is not trusted; name its authority in SSL_CERT_FILE or put it into " +
             (extra_authorities(url.host) / "ca.crt").string();
    default:
      return "the connection to " + url.origin() + by + " broke (" + httplib::to_string(error) +
             ")";
  }
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// Reads the part's bytes into httplib's sink.
class Provider {
 public:
  explicit Provider(const UploadPart& part)
      : part_(part), reader_(*part.content, part.offset), buffer_(kSendSize, '\0') {
    if (part_.read) part_.read({});
  }

  bool operator()(std::size_t length, httplib::DataSink& sink) {
    const Result<std::size_t> count =
        reader_.read(buffer_.data(), std::min(length, buffer_.size()));
    if (!count) {
      problem_ = count.error().message;
      return false;
    }
    if (part_.read) part_.read({buffer_.data(), *count});
    if (!sink.write(buffer_.data(), *count)) return true;  // httplib knows, and says so
    return !part_.sent || part_.sent(*count);
  }
  const std::string& problem() const { return problem_; }

 private:
  const UploadPart& part_;
  ContentReader reader_;
  std::string buffer_;
  std::string problem_;
};

void trust_extra_authorities(httplib::Client& client, const std::string& host) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(extra_authorities(host), ignored)) {
    if (entry.path().extension() != ".crt") continue;
    ::SSL_CTX_load_verify_locations(client.ssl_context(), entry.path().c_str(), nullptr);
  }
}

class HttpTransport final : public Transport {
 public:
  HttpOutcome send(const HttpRequest& request) override {
    const Result<std::optional<Proxy>> proxy = proxy_to(request.url);
    if (!proxy) return {.failure = HttpFailure::kProxy, .reason = proxy.error().message};
    const std::shared_ptr<httplib::Client> client = client_of(request.url, *proxy);
    if (!client) return {.failure = HttpFailure::kCancelled, .reason = "Interrupted"};
    httplib::Request out;
    out.method = request.method;
    out.path = request.url.target;
    out.body = request.body;
    out.set_header("User-Agent", kUserAgent);
    for (const auto& [name, value] : request.headers) out.set_header(name, value);
    HttpOutcome outcome;
    int status = 0;
    out.response_handler = [&](const httplib::Response& response) {
      status = response.status;
      if (request.answered) request.answered(status);
      return true;
    };
    out.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      if (request.receiver && (status == 200 || status == 206)) {
        return request.receiver({data, size});
      }
      if (outcome.answer.body.size() + size > kMostBody) return false;
      outcome.answer.body.append(data, size);
      return true;
    };
    std::optional<Provider> provider;
    if (request.upload) {
      provider.emplace(*request.upload);
      out.content_length_ = request.upload->size;
      out.content_provider_ = [&](std::size_t, std::size_t length, httplib::DataSink& sink) {
        return (*provider)(length, sink);
      };
    }
    const httplib::Result result = client->send(out);
    if (result && *proxy &&
        (result.error() != httplib::Error::Success || result->status == kProxyWantsLogin)) {
      return refused_by(**proxy, request.url, result->status);
    }
    if (result) {
      outcome.answer.status = result->status;
      for (const auto& [name, value] : result->headers) {
        outcome.answer.headers.emplace_back(lower(name), value);
      }
      return outcome;
    }
    outcome.failure = failure_of(result.error());
    outcome.reason = reason_of(outcome.failure, request.url, *proxy, result.error());
    if (provider && !provider->problem().empty()) {
      outcome.failure = HttpFailure::kContent;
      outcome.reason = provider->problem();
    }
    return outcome;
  }

  void stop() override {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    for (const auto& [origin, client] : clients_) client->stop();
  }

 private:
  std::shared_ptr<httplib::Client> client_of(const Url& url, const std::optional<Proxy>& proxy) {
    const std::lock_guard lock(mutex_);
    if (stopped_) return nullptr;
    std::shared_ptr<httplib::Client>& client = clients_[url.origin()];
    if (client) return client;
    client = std::make_shared<httplib::Client>(url.origin());
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
    client->set_url_encode(false);
    client->set_connection_timeout(kConnectTimeout);
    client->set_read_timeout(kReadTimeout);
    client->set_write_timeout(kWriteTimeout);
    if (proxy) go_by(*proxy, url.scheme == "https", *client);
    if (url.scheme == "https") trust_extra_authorities(*client, url.host);
    return client;
  }

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<httplib::Client>> clients_;  // under mutex_
  bool stopped_ = false;                                             // under mutex_
};

}  // namespace

std::string HttpAnswer::header(std::string_view name) const {
  for (const auto& [other, value] : headers) {
    if (other == name) return value;
  }
  return {};
}

std::unique_ptr<Transport> make_transport() { return std::make_unique<HttpTransport>(); }

}  // namespace cogpp::cli
