// From an OpenAPI document back to a signature: what an image's label, or a server that
// runs already, says of its model. The counterpart of openapi.hpp.
#pragma once

#include <string_view>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::schema {

/// Whether the document lists the inputs: components.schemas.Input.properties (cog-cli §3.3).
/// `path` is `/predictions` or, for TrainingInput, `/trainings`.
bool lists_inputs(const Json& document, std::string_view path);

/// Inputs in the order of `x-order`, and the output of `path`. Documents of any version of
/// Cog are read: what this project has no type for accepts every value. An input that
/// `required` does not name may be left out. Never throws, whatever the document holds;
/// fails when `path` has no output (cog-cli §8).
Result<Signature> signature_of(const Json& document, std::string_view path);

}  // namespace cogpp::schema
