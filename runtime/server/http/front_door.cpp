// Probes first, since whoever probes has no token; then the token, before anything of a
// request but its head was looked at.
#include "runtime/server/http/front_door.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <utility>

namespace cogpp::server {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kUnauthorized =
    R"({"error":"Unauthorized: this server asks for its token in the header 'Authorization: Bearer TOKEN'","status":"failed"})";

std::string sha256(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

Reply unauthorized() {
  Reply reply = Reply::json(401, kUnauthorized);
  reply.authenticate = "Bearer";
  return reply;
}

/// A reply to GET and HEAD; other methods are refused.
void read_only(Connection& connection, Reply reply) {
  const auto method = connection.head().method;
  if (method != "GET" && method != "HEAD") {
    reply = Reply::empty(405);
    reply.allow = "GET,HEAD";
  }
  connection.reply(std::move(reply));
}

}  // namespace

BearerToken::BearerToken(std::string_view token) : digest_(sha256(token)) {}

bool BearerToken::matches(std::string_view authorization) const {
  constexpr std::string_view kScheme = "bearer ";
  const bool bearer = equal_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
  if (bearer) authorization.remove_prefix(kScheme.size());
  while (authorization.starts_with(' ')) authorization.remove_prefix(1);
  const std::string given = sha256(authorization);
  return (CRYPTO_memcmp(given.data(), digest_.data(), digest_.size()) == 0) & bearer;
}

FrontDoor::FrontDoor(Options options, std::function<void(Connection&)> api)
    : options_(std::move(options)), api_(std::move(api)) {}

void FrontDoor::handle(Connection& connection) {
  if (!answer(connection)) api_(connection);
  count(connection);
}

void FrontDoor::count(Connection& connection) {
  if (options_.metrics == nullptr) return;
  const auto traffic = connection.take_traffic();
  options_.metrics->request_answered(traffic.status, traffic.received, traffic.sent);
}

bool FrontDoor::answer(Connection& connection) {
  const auto& head = connection.head();
  if (options_.probes && head.path == "/livez") {
    read_only(connection, Reply::json(200, R"({"status":"alive"})"));
    return true;
  }
  if (options_.probes && head.path == "/readyz") {
    readyz(connection);
    return true;
  }
  if (options_.token && !options_.token->matches(head.header("authorization").value_or(""))) {
    connection.reply(unauthorized());
    return true;
  }
  if (options_.metrics == nullptr || head.path != "/metrics") return false;
  Reply reply = Reply::json(200, options_.metrics->text(options_.gauges()));
  reply.content_type = kMetricsType;
  read_only(connection, std::move(reply));
  return true;
}

void FrontDoor::readyz(Connection& connection) {
  if (draining_) return read_only(connection, Reply::json(503, R"({"status":"draining"})"));
  const bool ready = options_.gauges().ready;
  read_only(connection, ready ? Reply::json(200, R"({"status":"ready"})")
                              : Reply::json(503, R"({"status":"not ready"})"));
}

}  // namespace cogpp::server
