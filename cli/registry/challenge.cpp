// SCHEME name="value", name=value, …
#include "cli/registry/challenge.hpp"

#include <algorithm>
#include <cctype>

namespace cogpp::cli {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

void skip(std::string_view& rest, std::string_view characters) {
  const auto next = rest.find_first_not_of(characters);
  rest.remove_prefix(next == std::string_view::npos ? rest.size() : next);
}

/// A quoted string with its escapes, or a token.
std::string take_value(std::string_view& rest) {
  if (!rest.starts_with('"')) {
    const std::string value(rest.substr(0, rest.find_first_of(", \t")));
    rest.remove_prefix(value.size());
    return value;
  }
  std::string value;
  std::size_t i = 1;
  for (; i < rest.size() && rest[i] != '"'; ++i) {
    if (rest[i] == '\\' && i + 1 < rest.size()) ++i;
    value.push_back(rest[i]);
  }
  rest.remove_prefix(std::min(i + 1, rest.size()));
  return value;
}

}  // namespace

std::optional<Challenge> parse_challenge(std::string_view header) {
  skip(header, " \t");
  const std::string scheme = lower(header.substr(0, header.find_first_of(" \t")));
  Challenge challenge;
  if (scheme == "bearer") {
    challenge.scheme = Challenge::Scheme::kBearer;
  } else if (scheme != "basic") {
    return std::nullopt;
  }
  std::string_view rest = header.substr(scheme.size());
  for (;;) {
    skip(rest, " \t,");
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) break;
    const std::string name = lower(rest.substr(0, equals));
    rest.remove_prefix(equals + 1);
    std::string value = take_value(rest);
    if (name == "realm")
      challenge.realm = std::move(value);
    else if (name == "service")
      challenge.service = std::move(value);
    else if (name == "scope")
      challenge.scope = std::move(value);
  }
  return challenge;
}

}  // namespace cogpp::cli
