// The WWW-Authenticate header of a registry (RFC 7235; distribution's token
// authentication). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cogpp::cli {

struct Challenge {
  enum class Scheme { kBasic, kBearer };
  Scheme scheme = Scheme::kBasic;
  std::string realm = {};    ///< Of Bearer: the token server's URL.
  std::string service = {};  ///< Of Bearer.
  std::string scope = {};    ///< Of Bearer: what the refused request needed.
};

/// Reads one header. Nothing for schemes that cogpp does not speak.
std::optional<Challenge> parse_challenge(std::string_view header);

}  // namespace cogpp::cli
