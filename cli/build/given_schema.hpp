// The OpenAPI document that a user gives instead of the one made from the predictor.
#pragma once

#include <optional>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The text of the file that COG_OPENAPI_SCHEMA names, or nothing when that is not set
/// (cog-cli §7.2: it replaces the generation). Fails when the file cannot be read, or is
/// no OpenAPI 3 document.
Result<std::optional<std::string>> given_openapi_text();

/// The same, but the text of `file` (--openapi-schema) where that is not empty; with
/// `unchecked` (--skip-schema-validation) it may be anything.
Result<std::optional<std::string>> given_openapi_text(const std::string& file, bool unchecked);

}  // namespace cogpp::cli
