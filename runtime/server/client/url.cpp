// Splits by RFC 3986's generic syntax; what a request line cannot carry is escaped.
#include "runtime/server/client/url.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "runtime/server/client/text.hpp"
#include "schema/authority.hpp"

namespace cogpp::server::client {
namespace {

constexpr std::size_t kMaxNameBytes = 200;
constexpr std::string_view kUnsafe = "\"<>\\^`{|}";

int default_port(bool tls) { return tls ? 443 : 80; }

/// Escapes what may not stand in a request line; signed URLs stay as they are.
std::string escaped(std::string_view text) { return percent_encode(text, kUnsafe); }

/// Cuts `text` at the first of `marks`; returns the part before it.
std::string_view cut_at(std::string_view& text, std::string_view marks) {
  const std::size_t end = std::min(text.find_first_of(marks), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end);
  return part;
}

/// RFC 3986 §5.2.4 on an absolute path.
std::string without_dot_segments(std::string_view path) {
  std::vector<std::string_view> kept;
  bool directory = false;
  while (!path.empty()) {
    path.remove_prefix(1);  // The slash.
    const std::string_view segment = cut_at(path, "/");
    directory = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!directory) kept.push_back(segment);
  }
  std::string out;
  for (const std::string_view segment : kept) out.append("/").append(segment);
  return directory || out.empty() ? out + "/" : out;
}

std::string_view scheme_of(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0) return {};
  const std::string_view scheme = text.substr(0, colon);
  const bool letters = std::ranges::all_of(scheme, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '-' || c == '.';
  });
  return letters ? scheme : std::string_view();
}

std::string cut_to_limit(const std::string& name) {
  const std::size_t letter = name.find_first_not_of('.');  // Leading dots begin no extension.
  std::size_t dot = name.rfind('.');
  if (dot == std::string::npos || letter == std::string::npos || dot < letter) dot = name.size();
  if (name.size() - dot >= kMaxNameBytes) dot = name.size();
  const std::string extension = name.substr(dot);
  const std::size_t room = kMaxNameBytes - extension.size() - 1;
  std::size_t end = 0;
  while (end < dot) {
    const std::size_t length = utf8_character(std::string_view(name).substr(end));
    if (end + length > room || length == 0) break;
    end += length;
  }
  return name.substr(0, end) + "~" + extension;
}

}  // namespace

std::string Url::authority() const {
  return Authority{.host = host, .port = port}.text(default_port(tls));
}

std::string Url::text() const {
  return (tls ? "https://" : "http://") + authority() + target +
         (fragment.empty() ? "" : "#" + fragment);
}

std::string without_blanks(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  std::string url(text);
  std::erase_if(url, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  return url;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  std::string_view rest = text;
  std::string scheme(scheme_of(rest));
  for (char& c : scheme) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (scheme != "http" && scheme != "https") {
    return Error{"No connection adapters were found for '" + std::string(text) + "'"};
  }
  url.tls = scheme == "https";
  rest.remove_prefix(scheme.size() + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  auto authority = parse_authority(cut_at(rest, "/?#"), default_port(url.tls));
  if (!authority) return Error{"Failed to parse: " + std::string(text)};
  url.user_info = std::move(authority->user_info);
  url.host = std::move(authority->host);
  url.port = authority->port;
  if (url.host.empty()) {
    return Error{"Invalid URL '" + std::string(text) + "': No host supplied"};
  }
  const std::string_view path = cut_at(rest, "?#");
  const std::string_view query = cut_at(rest, "#");
  url.target = escaped(without_dot_segments(path)) + escaped(query);
  if (!rest.empty()) url.fragment = escaped(rest.substr(1));
  return url;
}

Result<Url> resolve_location(const Url& base, std::string_view location) {
  if (!scheme_of(location).empty()) return parse_url(location);
  if (location.starts_with("//")) {
    return parse_url((base.tls ? "https:" : "http:") + std::string(location));
  }
  Url url = base;
  url.fragment.clear();
  const std::string_view path = cut_at(location, "?#");
  const std::string_view query = cut_at(location, "#");
  if (!location.empty()) url.fragment = escaped(location.substr(1));
  const std::string base_path = base.target.substr(0, base.target.find('?'));
  if (path.starts_with('/')) {
    url.target = without_dot_segments(path);
  } else if (!path.empty()) {
    url.target =
        without_dot_segments(base_path.substr(0, base_path.rfind('/') + 1) + std::string(path));
  } else if (!query.empty()) {
    url.target = base_path;
  } else {
    return url;
  }
  url.target = escaped(url.target + std::string(query));
  return url;
}

std::string file_name_of_url(std::string_view url) {
  const std::size_t scheme_end = url.find("://");
  std::string_view rest = scheme_end == std::string_view::npos ? url : url.substr(scheme_end + 3);
  cut_at(rest, "/?#");
  std::string_view path = cut_at(rest, "?#");
  path.remove_prefix(path.rfind('/') + 1);  // npos + 1 is 0.
  std::string name(path.substr(0, path.find(';')));
  std::ranges::replace(name, '+', ' ');
  name = to_valid_utf8(cogpp::percent_decode(name));
  if (name.size() > kMaxNameBytes) name = cut_to_limit(name);
  const auto unsafe = [](unsigned char c) { return c < 0x20 || c == 0x7F || c == '/'; };
  std::ranges::replace_if(name, unsafe, '_');
  return name;
}

}  // namespace cogpp::server::client
