// Formats the heads of replies.
#include "runtime/server/http/reply.hpp"

#include "runtime/server/support/clock.hpp"

namespace cogpp::server {
namespace {

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Payload Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Entity";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

void HeadWriter::append_status(std::string& out, int status) const {
  out += minor_version == 1 ? "HTTP/1.1 " : "HTTP/1.0 ";
  out += std::to_string(status);
  out += ' ';
  out += reason_of(status);
  out += "\r\n";
}

void HeadWriter::append_connection(std::string& out) const {
  if (after == After::kClose) {
    // An HTTP/1.0 client expects the end anyway.
    if (minor_version == 1) out += "connection: close\r\n";
  } else if (minor_version == 0) {
    out += "connection: keep-alive\r\n";
  }
}

void HeadWriter::append(std::string& out, const Reply& reply) const {
  append_status(out, reply.status);
  if (reply.allow != nullptr) {
    out += "allow: ";
    out += reply.allow;
    out += "\r\n";
  }
  if (reply.authenticate != nullptr) {
    out += "www-authenticate: ";
    out += reply.authenticate;
    out += "\r\n";
  }
  if (reply.retry_after > 0) {
    out += "retry-after: ";
    out += std::to_string(reply.retry_after);
    out += "\r\n";
  }
  if (reply.content_type != nullptr) {
    out += "content-type: ";
    out += reply.content_type;
    out += "\r\n";
  } else {
    append_connection(out);
  }
  if (reply.status != 204) {
    out += "content-length: ";
    out += std::to_string(reply.body.size());
    out += "\r\n";
  }
  if (reply.content_type != nullptr) append_connection(out);
  out += "date: ";
  out += date;
  out += "\r\n\r\n";
}

void HeadWriter::append_stream(std::string& out, const char* content_type) const {
  append_status(out, 200);
  out += "content-type: ";
  out += content_type;
  out += "\r\ncache-control: no-cache\r\n";
  append_connection(out);
  if (minor_version == 1) out += "transfer-encoding: chunked\r\n";
  out += "date: ";
  out += date;
  out += "\r\n\r\n";
}

std::string_view DateText::now() {
  const std::time_t second = std::time(nullptr);
  if (second != second_) {
    second_ = second;
    text_ = http_date(second);
  }
  return text_;
}

}  // namespace cogpp::server
