#include "cli/support/http_client.hpp"

#include <httplib.h>

#include <chrono>

// Plain HTTP to the loopback interface: no TLS is compiled in.
namespace cogpp::cli {

struct HttpClient::Client {
  explicit Client(const Endpoint& endpoint) : http(endpoint.host, endpoint.port) {
    if (!endpoint.token.empty()) http.set_bearer_token_auth(endpoint.token);
    http.set_tcp_nodelay(true);
    http.set_keep_alive(false);
    // A prediction may take hours; the user's Ctrl-C is the limit.
    http.set_read_timeout(std::chrono::hours(24 * 365));
    http.set_write_timeout(std::chrono::minutes(10));
  }
  httplib::Client http;
};

namespace {

Error failure(httplib::Error error) {
  const bool connected =
      error != httplib::Error::Connection && error != httplib::Error::ConnectionTimeout;
  if (!connected) return not_connected();
  return Error{"the server did not answer: " + httplib::to_string(error)};
}

}  // namespace

Error not_connected() { return Error{"the server did not answer: it takes no connections"}; }

Error token_refused() {
  return Error{std::string("the server asks for another token (status 401): set ") +
               kTokenVariable + " to the server's, with -e for a container's"};
}

HttpClient::HttpClient(const Endpoint& endpoint) : client_(std::make_unique<Client>(endpoint)) {}
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient::~HttpClient() = default;

Result<HttpReply> HttpClient::post(const std::string& path, const std::string& json,
                                   const Receiver& receiver) {
  httplib::Request request;
  request.method = "POST";
  request.path = path;
  request.body = json;
  request.set_header("Content-Type", "application/json");
  HttpReply reply;
  if (receiver) request.set_header("Accept", "text/event-stream");
  request.response_handler = [&](const httplib::Response& response) {
    reply.status = response.status;
    reply.content_type = response.get_header_value("Content-Type");
    return true;
  };
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (receiver && reply.status == 200) {
      receiver(std::string_view(data, size));
    } else {
      reply.body.append(data, size);
    }
    return true;
  };
  const httplib::Result result = client_->http.send(request);
  if (!result) return failure(result.error());
  return reply;
}

Result<HttpReply> HttpClient::get(const std::string& path, std::chrono::milliseconds timeout) {
  client_->http.set_connection_timeout(timeout);
  client_->http.set_read_timeout(timeout);
  const httplib::Result result = client_->http.Get(path);
  if (!result) return failure(result.error());
  return HttpReply{result->status, result->get_header_value("Content-Type"), result->body};
}

void HttpClient::stop() { client_->http.stop(); }

}  // namespace cogpp::cli
