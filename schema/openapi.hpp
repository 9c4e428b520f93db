// The OpenAPI document of a signature, equal to the one that Cog's own generator
// makes (cog-runtime §17).
#pragma once

#include <optional>
#include <string>

#include "schema/json.hpp"
#include "schema/signature.hpp"

namespace cogpp::schema {

/// The Cog release whose documents and bodies these are: `info.version`,
/// `cog_version` and the label run.cog.version.
inline constexpr const char* kCogVersion = "0.22.0";

/// The document in the order of the built file (`.cog/openapi_schema.json`).
/// Served, it is `Json(document)`: the same with sorted keys. With `training`, what
/// `/trainings` takes, it has TrainingInput, TrainingOutput, … and the paths of
/// trainings as well, and all keys sorted (cog-runtime §17.1, §17.3); a component
/// that both have is the prediction's.
OrderedJson openapi_document(const Signature& signature,
                             const std::optional<Signature>& training = std::nullopt);

/// The text of the built file: compact, or indented where there are trainings, with
/// `<`, `>` and `&` escaped as Cog's build escapes them.
std::string openapi_file_text(const Signature& signature,
                              const std::optional<Signature>& training = std::nullopt);

/// The same two of a model that can only be trained: no predictions in them.
OrderedJson training_document(const Signature& training);
std::string training_file_text(const Signature& training);

}  // namespace cogpp::schema
