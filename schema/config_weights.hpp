// Between the two files that hold cog.yaml's rules; nobody else includes it.
#pragma once

#include <string>
#include <vector>

#include "schema/config.hpp"

namespace cogpp::schema {

/// `invalid FIELD "VALUE": PROBLEM`; an empty value is left out.
std::string invalid_text(const std::string& field, const std::string& value,
                         const std::string& problem);

/// Appends what is wrong with `weights` to `broken`.
void check_weights(const Config& config, std::vector<std::string>& broken);

}  // namespace cogpp::schema
