// Exact scheme first, then all_proxy; no_proxy entries match whole labels from the right, or
// are addresses and networks for hosts that are addresses.
#include "runtime/server/client/proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string_view>

namespace cogpp::server::client {
namespace {

std::string either_case(const Environment& environment, std::string name) {
  if (std::string value = environment(name); !value.empty()) return value;
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return environment(name);
}

/// An IP address in network order: 4 or 16 bytes, none where `text` is no address.
std::string address_bytes(const std::string& text) {
  std::array<char, sizeof(in6_addr)> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    return {bytes.data(), sizeof(in_addr)};
  }
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), bytes.size()};
  return {};
}

/// Whether `entry` is the address `host` or a network with it, as 10.0.0.0/8 or fd00::/8.
bool network_covers(std::string_view entry, const std::string& host) {
  const std::size_t slash = std::min(entry.find('/'), entry.size());
  const std::string network = address_bytes(std::string(entry.substr(0, slash)));
  const std::string address = address_bytes(host);
  if (network.empty() || network.size() != address.size()) return false;
  std::size_t bits = network.size() * 8;
  if (slash < entry.size()) {
    const char* const end = entry.data() + entry.size();
    const auto [rest, code] = std::from_chars(entry.data() + slash + 1, end, bits);
    if (code != std::errc() || rest != end || bits > network.size() * 8) return false;
  }
  const std::size_t whole = bits / 8;
  if (network.compare(0, whole, address, 0, whole) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto differ = static_cast<unsigned char>(network[whole] ^ address[whole]);
  return differ >> (8 - bits % 8) == 0;
}

bool entry_covers(std::string_view entry, const Url& url) {
  if (network_covers(entry, url.host)) return true;
  const std::string with_port = url.host + ":" + std::to_string(url.port);
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry == "*") return true;
  if (entry.empty()) return false;
  for (const std::string_view name : {std::string_view(url.host), std::string_view(with_port)}) {
    if (!name.ends_with(entry)) continue;
    const std::size_t before = name.size() - entry.size();
    if (before == 0 || entry.front() == '.' || name[before - 1] == '.') return true;
  }
  return entry.front() == '.' && entry.substr(1) == url.host;
}

bool is_excluded(std::string_view list, const Url& url) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (entry_covers(list.substr(0, end), url)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

std::string from_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

Result<std::optional<Url>> proxy_for(const Url& url, const Environment& environment) {
  std::string proxy = either_case(environment, url.tls ? "https_proxy" : "http_proxy");
  if (proxy.empty()) proxy = either_case(environment, "all_proxy");
  if (proxy.empty() || is_excluded(either_case(environment, "no_proxy"), url)) {
    return std::optional<Url>();
  }
  if (proxy.find("://") == std::string::npos) proxy.insert(0, "http://");
  auto parsed = parse_url(proxy);
  if (!parsed || parsed->tls) {
    return Error{"the proxy " + (parsed ? parsed->text() : std::string("URL")) +
                 " from the environment is not usable: only http:// proxies are supported"};
  }
  return std::optional<Url>(std::move(parsed).value());
}

}  // namespace cogpp::server::client
