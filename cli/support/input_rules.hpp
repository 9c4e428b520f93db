// The rules that a value must satisfy, with the CLI's texts (cog-cli §9.3). Pure
// functions; inputs.cpp is the only user.
#pragma once

#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

/// Whether a value of this kind is allowed, looking into unions.
bool accepts(const schema::Type& type, schema::Kind kind);

/// Whether strings are: strings proper, files and secrets.
bool accepts_string(const schema::Type& type);

/// `unknown input "a"; valid inputs are: …` for names that are not in the signature.
Status check_names(const schema::Signature& signature, const std::vector<std::string>& names);

/// Appends `invalid input "a": …` for every rule that `value` violates.
void check_value(const schema::Input& input, const Json& value, std::vector<std::string>& errors);

}  // namespace cogpp::cli
