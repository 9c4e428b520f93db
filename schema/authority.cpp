// RFC 3986 §3.2, as far as http uses it.
#include "schema/authority.hpp"

#include <algorithm>
#include <charconv>

namespace cogpp {
namespace {

Status parse_port(std::string_view text, int& port) {
  if (text.empty()) return {};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || end != text.data() + text.size() || port < 0 || port > 65535) {
    return Error{"bad port"};
  }
  return {};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string Authority::text(int default_port) const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port ? name : name + ":" + std::to_string(port);
}

Result<Authority> parse_authority(std::string_view text, int default_port) {
  Authority parts{.port = default_port};
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos) {
    parts.user_info = text.substr(0, at);
    text.remove_prefix(at + 1);
  }
  std::size_t host_end = text.find(':');
  if (text.starts_with('[')) {
    host_end = text.find(']');
    if (host_end == std::string_view::npos) return Error{"bad address"};
    parts.host = text.substr(1, host_end - 1);
    text.remove_prefix(host_end + 1);
    if (!text.empty() && text.front() != ':') return Error{"bad address"};
  } else {
    parts.host = text.substr(0, host_end);
    text.remove_prefix(std::min(host_end, text.size()));
  }
  const auto sendable = [](char c) { return c > ' ' && c != '\x7F'; };
  if (!std::ranges::all_of(parts.host, sendable)) return Error{"bad host"};
  const Status port = parse_port(text.empty() ? text : text.substr(1), parts.port);
  if (!port) return port.error();
  return parts;
}

std::string percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t plain = text.find('%');
    out.append(text.substr(0, plain));
    if (plain == std::string_view::npos) break;
    text.remove_prefix(plain);
    const int high = text.size() > 2 ? hex_digit(text[1]) : -1;
    const int low = text.size() > 2 ? hex_digit(text[2]) : -1;
    const bool escape = high >= 0 && low >= 0;
    out += escape ? static_cast<char>(high * 16 + low) : '%';
    text.remove_prefix(escape ? 3 : 1);
  }
  return out;
}

}  // namespace cogpp
