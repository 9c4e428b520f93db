// Exact scheme first, then all_proxy; no_proxy entries match whole labels from the right, or
// are addresses and networks for hosts that are addresses.
#include "schema/proxy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <string_view>

namespace cogpp {
namespace {

constexpr int kHttpPort = 80;

struct Variable {
  std::string name;
  std::string value;  ///< Empty: it is not set.
};

Variable either_case(const Environment& environment, std::string name) {
  if (std::string value = environment(name); !value.empty()) return {name, value};
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return {name, environment(name)};
}

bool is_http(std::string_view scheme) {
  return std::ranges::equal(scheme, std::string_view("http"), {},
                            [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
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

bool entry_covers(std::string_view entry, const Authority& peer) {
  if (network_covers(entry, peer.host)) return true;
  const std::string with_port = peer.host + ":" + std::to_string(peer.port);
  if (entry.starts_with("*.")) entry.remove_prefix(1);
  if (entry == "*") return true;
  if (entry.empty()) return false;
  for (const std::string_view name : {std::string_view(peer.host), std::string_view(with_port)}) {
    if (!name.ends_with(entry)) continue;
    const std::size_t before = name.size() - entry.size();
    if (before == 0 || entry.front() == '.' || name[before - 1] == '.') return true;
  }
  return entry.front() == '.' && entry.substr(1) == peer.host;
}

/// Where a proxy is whose URL may lack its scheme.
Result<Authority> parse_proxy(std::string_view url) {
  if (const std::size_t scheme = url.find("://"); scheme != std::string_view::npos) {
    if (!is_http(url.substr(0, scheme))) return Error{"only http:// proxies are supported"};
    url.remove_prefix(scheme + 3);
  }
  auto at = parse_authority(url.substr(0, url.find_first_of("/?#")), kHttpPort);
  if (at && at->host.empty()) return Error{"no host"};
  return at;
}

bool is_excluded(std::string_view list, const Authority& peer) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find_first_of(", "), list.size());
    if (entry_covers(list.substr(0, end), peer)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

Result<std::optional<Proxy>> proxy_for(bool tls, const Authority& peer,
                                       const Environment& environment) {
  Variable named = either_case(environment, tls ? "https_proxy" : "http_proxy");
  if (named.value.empty()) named = either_case(environment, "all_proxy");
  if (named.value.empty() || is_excluded(either_case(environment, "no_proxy").value, peer)) {
    return std::optional<Proxy>();
  }
  auto at = parse_proxy(named.value);
  if (at) return std::optional(Proxy{std::move(at).value()});
  return Error{"the proxy that " + named.name + " names is not usable (" + at.error().message +
               "): it must be http://HOST:PORT"};
}

}  // namespace cogpp
