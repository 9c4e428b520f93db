// Splitting and joining, by RFC 3986 as far as registries use it.
#include "cli/registry/url.hpp"

#include <algorithm>
#include <cctype>

#include "cli/registry/reference.hpp"

namespace cogpp::cli {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Result<Url> parse_url(std::string_view text) {
  const Error invalid{"invalid URL \"" + std::string(text) + "\""};
  const auto colon = text.find("://");
  if (colon == std::string_view::npos || !is_printable(text)) return invalid;
  Url url{.scheme = lower(text.substr(0, colon)), .host = {}, .target = {}};
  if (url.scheme != "http" && url.scheme != "https") return invalid;
  const std::string_view rest = text.substr(colon + 3);
  const auto end = rest.find_first_of("/?#");
  url.host = lower(rest.substr(0, end));
  const std::string own_port = url.scheme == "http" ? ":80" : ":443";
  if (url.host.ends_with(own_port)) url.host.resize(url.host.size() - own_port.size());
  if (!is_registry(url.host)) return invalid;
  if (end != std::string_view::npos) {
    std::string_view target = rest.substr(end);
    target = target.substr(0, target.find('#'));
    url.target = (target.starts_with('/') ? "" : "/") + std::string(target);
  } else {
    url.target = "/";
  }
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return parse_url(location);
  if (location.starts_with("//")) return parse_url(base.scheme + ":" + std::string(location));
  if (location.starts_with('/')) return parse_url(base.origin() + std::string(location));
  const std::string path = base.target.substr(0, base.target.find('?'));
  const std::string folder = path.substr(0, path.rfind('/') + 1);
  return parse_url(base.origin() + folder + std::string(location));
}

std::string encode_query(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      encoded.push_back(c);
      continue;
    }
    encoded.push_back('%');
    encoded.push_back(kHexDigits[byte >> 4U]);
    encoded.push_back(kHexDigits[byte & 15U]);
  }
  return encoded;
}

std::string with_query(std::string_view target, std::string_view name, std::string_view value) {
  const char separator = target.find('?') == std::string_view::npos ? '?' : '&';
  return std::string(target) + separator + std::string(name) + "=" + encode_query(value);
}

}  // namespace cogpp::cli
