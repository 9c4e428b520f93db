// Requests to a prediction server on this machine; the only file of the CLI that
// knows httplib.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The variable that holds a server's token, for it and for who asks it.
inline constexpr const char* kTokenVariable = "COGPP_AUTH_TOKEN";

/// Where a server listens.
struct Endpoint {
  std::string host;
  int port = 0;
  std::string token = {};  ///< Goes with each request; empty: none.
};

struct HttpReply {
  int status = 0;
  std::string content_type;
  std::string body;  ///< Empty when a receiver took it.
};

/// Nobody listens there: nothing has been sent.
Error not_connected();

inline constexpr int kUnauthorized = 401;
/// What is said of that status.
Error token_refused();

/// One request at a time; post() blocks its thread, stop() may be called from
/// another one and ends it.
class HttpClient {
 public:
  explicit HttpClient(const Endpoint& endpoint);
  HttpClient(HttpClient&&) noexcept;
  ~HttpClient();

  /// Called with each piece of a 200 reply's event stream as it arrives.
  using Receiver = std::function<void(std::string_view piece)>;

  /// POSTs JSON; no time limit. With a receiver an event stream is asked for.
  Result<HttpReply> post(const std::string& path, const std::string& json,
                         const Receiver& receiver = nullptr);
  /// GETs within `timeout`, which counts for the connection and for each read.
  Result<HttpReply> get(const std::string& path, std::chrono::milliseconds timeout);
  void stop();

 private:
  struct Client;
  std::unique_ptr<Client> client_;
};

}  // namespace cogpp::cli
