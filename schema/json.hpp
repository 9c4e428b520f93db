// JSON as this project writes and reads it: nlohmann's tree, serde_json's text.
//
// Cog's server is written in Rust, so its bodies have serde_json's number format,
// key order and error texts (cog-runtime §0). Replies are compared byte for byte
// by clients' tests, hence to_text() and parse() instead of nlohmann's own.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp {

/// Keys sorted bytewise, as Cog serves every document.
using Json = nlohmann::json;
/// Keys in order of insertion, for documents that are files (the built schema).
using OrderedJson = nlohmann::ordered_json;

/// Compact text of `value`: keys as the tree orders them, floats shortest
/// round-trip with `.0` and serde's exponents (`1e-6`, `1e+16`), only `"` `\` and
/// control characters escaped. Never throws; a NaN or infinity is written as null.
std::string to_text(const Json& value);
std::string to_text(const OrderedJson& value);

/// The same over several lines, two spaces a level; `depth` is the level to begin at.
std::string indented_text(const Json& value, int depth = 0);
std::string indented_text(const OrderedJson& value, int depth = 0);

/// Appends `text` as a quoted JSON string.
void append_quoted(std::string& out, std::string_view text);
std::string quoted(std::string_view text);
// Exact matches, or calls would find std::quoted through their argument's namespace.
inline std::string quoted(const std::string& text) { return quoted(std::string_view(text)); }
inline std::string quoted(const char* text) { return quoted(std::string_view(text)); }

/// Parses one document with serde_json's rules: no duplicate handling but last
/// wins, nesting below 128, integers beyond 64 bits become floats, overflow and
/// invalid UTF-8 refused. The error is serde_json's text, with line and column
/// ("trailing comma at line 4 column 3").
Result<Json> parse_json(std::string_view text);

}  // namespace cogpp
