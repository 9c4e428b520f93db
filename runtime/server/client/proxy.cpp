// Exact scheme first, then all_proxy; no_proxy entries match whole labels from the right.
#include "runtime/server/client/proxy.hpp"

#include <algorithm>
#include <cctype>
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

bool entry_covers(std::string_view entry, const Url& url) {
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
