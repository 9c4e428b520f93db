// HTTP and HTTPS to registries and token servers; transport.cpp is the only file here
// that knows httplib. Redirects are not followed and nothing is tried twice: that is
// cli/registry/session.hpp's part. The environment's proxies are gone by, but to this
// machine itself (schema/proxy.hpp).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/image/content.hpp"
#include "cli/registry/url.hpp"

namespace cogpp::cli {

/// A part of a content as the body of a request.
struct UploadPart {
  const Content* content = nullptr;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  /// Called with the bytes handed to the network, as they go. False cancels.
  std::function<bool(std::size_t)> sent = {};
  /// Called with the bytes as they are read; with none when the part is sent from its begin.
  std::function<void(std::string_view)> read = {};
};

struct HttpRequest {
  std::string method = "GET";
  Url url;
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::optional<UploadPart> upload = std::nullopt;  ///< Instead of `body`.
  /// Called with the status, before the body comes.
  std::function<void(int)> answered = {};
  /// Takes the body of a 200 or 206 answer; false cancels. Without one the body is
  /// kept, up to 32 MiB.
  std::function<bool(std::string_view)> receiver = {};
};

struct HttpAnswer {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers = {};  ///< Lower-case names.
  std::string body = {};

  /// The first header of that lower-case name; empty when there is none.
  std::string header(std::string_view name) const;
};

/// Why there is no answer.
enum class HttpFailure {
  kNone,
  kConnection,   ///< Nobody answers there, or no such host.
  kProxy,        ///< The proxy lets nobody through, or is none that can be used.
  kHandshake,    ///< It speaks no TLS.
  kCertificate,  ///< Its certificate is not trusted.
  kCut,          ///< The connection broke, or nothing came for long.
  kContent,      ///< What was to be sent could not be read.
  kCancelled
};

struct HttpOutcome {
  HttpFailure failure = HttpFailure::kNone;
  std::string reason = {};  ///< Of the failure, for the user.
  HttpAnswer answer = {};
};

/// Keeps a connection to each origin. send() blocks its thread; stop() may be called
/// from another one and makes the present and every later send() fail.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual HttpOutcome send(const HttpRequest& request) = 0;
  virtual void stop() = 0;
};

std::unique_ptr<Transport> make_transport();

}  // namespace cogpp::cli
