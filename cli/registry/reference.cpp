// The grammar is that of the distribution specification.
#include "cli/registry/reference.hpp"

#include <algorithm>
#include <optional>

#include "cli/image/digest.hpp"

namespace cogpp::cli {
namespace {

constexpr std::size_t kMostTag = 128;
constexpr std::size_t kMostRepository = 255;

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_word(char c) { return is_lower(c) || (c >= 'A' && c <= 'Z') || c == '_'; }

/// One part of a repository: letters and digits, separators only between them.
bool is_part(std::string_view part) {
  if (part.empty() || !is_lower(part.front()) || !is_lower(part.back())) return false;
  for (std::size_t i = 0; i < part.size();) {
    if (is_lower(part[i])) {
      ++i;
      continue;
    }
    const char separator = part[i];
    std::size_t run = 0;
    while (part[i + run] == separator) ++run;  // the last character is none
    const std::size_t most = separator == '.' ? 1 : separator == '_' ? 2 : part.size();
    if ((separator != '.' && separator != '_' && separator != '-') || run > most) return false;
    if (!is_lower(part[i + run])) return false;
    i += run;
  }
  return true;
}

Error invalid(std::string_view text, const std::string& problem) {
  return Error{"invalid image name \"" + std::string(text) + "\": " + problem};
}

/// Cuts the registry off the front, if there is one.
std::string take_registry(std::string_view& rest) {
  const auto slash = rest.find('/');
  const std::string_view first = rest.substr(0, slash);
  const bool host = slash != std::string_view::npos &&
                    (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  if (!host) return kDockerHub;
  rest.remove_prefix(slash + 1);
  return std::string(first);
}

}  // namespace

bool is_repository(std::string_view text) {
  if (text.size() > kMostRepository) return false;
  for (;;) {
    const auto slash = text.find('/');
    if (!is_part(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

bool is_tag(std::string_view text) {
  return !text.empty() && text.size() <= kMostTag && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

bool is_registry(std::string_view text) {
  std::string_view host = text;
  if (!text.empty() && text.front() == '[') {  // an IPv6 address
    const auto end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (address.empty() ||
        address.find_first_not_of("0123456789abcdefABCDEF:") != std::string_view::npos) {
      return false;
    }
    host = text.substr(end + 1);
    if (host.empty()) return true;
    if (host.front() != ':') return false;
    host.remove_prefix(1);
    return !host.empty() && host.find_first_not_of("0123456789") == std::string_view::npos;
  }
  if (const auto colon = host.find(':'); colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5) return false;
    if (port.find_first_not_of("0123456789") != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (is_word(c) && c != '_') || c == '.' || c == '-';
  });
}

bool is_loopback_registry(std::string_view registry) {
  if (registry == "[::1]" || registry.starts_with("[::1]:")) return true;
  const std::string_view host = registry.substr(0, registry.find(':'));
  return host == "localhost" || (host.starts_with("127.") &&
                                 host.find_first_not_of("0123456789.") == std::string_view::npos);
}

std::string ImageReference::text() const {
  if (!digest.empty()) return name() + "@" + digest;
  return tag.empty() ? name() : name() + ":" + tag;
}

Result<ImageReference> parse_reference(std::string_view text) {
  ImageReference reference;
  std::string_view rest = text;
  if (const auto at = rest.find('@'); at != std::string_view::npos) {
    const Result<Digest> digest = Digest::parse(rest.substr(at + 1));
    if (!digest) return invalid(text, digest.error().message);
    reference.digest = digest->text();
    rest = rest.substr(0, at);
  }
  reference.registry = take_registry(rest);
  if (!is_registry(reference.registry)) {
    return invalid(text, "\"" + reference.registry + "\" is not a host");
  }
  if (const auto colon = rest.rfind(':'); colon != std::string_view::npos) {
    reference.tag = rest.substr(colon + 1);
    if (!is_tag(reference.tag)) {
      return invalid(text, "\"" + reference.tag +
                               "\" is not a tag: up to 128 letters, digits, dots, dashes and "
                               "underscores, the first no dot or dash");
    }
    rest = rest.substr(0, colon);
  }
  reference.repository = rest;
  if (reference.registry == kDockerHub && rest.find('/') == std::string_view::npos) {
    reference.repository = "library/" + reference.repository;
  }
  if (!is_repository(reference.repository)) {
    return invalid(text, "\"" + std::string(rest) +
                             "\" is not a repository: lower-case letters and digits, with "
                             "dots, dashes or underscores between them");
  }
  return reference;
}

}  // namespace cogpp::cli
