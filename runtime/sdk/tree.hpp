// The parsed documents behind cogpp::detail::Node, and the functions of
// schema/json.hpp that the SDK uses. That header itself cannot be included here:
// its alias cogpp::Json and the authors' class of that name exclude each other in
// one translation unit.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "cogpp/json.hpp"
#include "schema/result.hpp"

namespace cogpp {

std::string to_text(const nlohmann::json& value);
void append_quoted(std::string& out, std::string_view text);
Result<nlohmann::json> parse_json(std::string_view text);

namespace sdk {

using Tree = nlohmann::json;

/// How messages call a kind: "an integer".
const char* name_of(Json::Kind kind);
Json to_value(const Tree& tree);
/// Throws detail::OutputError for a number that is not finite, or for text that is
/// not UTF-8.
Tree to_tree(const Json& value);

}  // namespace sdk
}  // namespace cogpp
