// The OpenAPI document of a signature, equal to the one that Cog's own generator
// makes (cog-runtime §17).
#pragma once

#include "schema/json.hpp"
#include "schema/signature.hpp"

namespace cogpp::schema {

/// The Cog release whose documents and bodies these are: `info.version`,
/// `cog_version` and the label run.cog.version.
inline constexpr const char* kCogVersion = "0.22.0";

/// The document in the order of the built file (`.cog/openapi_schema.json`).
/// Served, it is `Json(document)`: the same with sorted keys.
OrderedJson openapi_document(const Signature& signature);

}  // namespace cogpp::schema
