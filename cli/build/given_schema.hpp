// The OpenAPI document that a user gives instead of the one made from the predictor.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// A flag of the command line that names the document, as the user gave it.
struct SchemaFlag {
  std::string name = {};
  std::string file = {};   ///< Empty: it was not given, and the environment's counts.
  bool unchecked = false;  ///< --skip-schema-validation: the flag's file may hold anything.
};

struct GivenSchema {
  std::filesystem::path file;  ///< Absolute.
  std::string said;            ///< Who named it: `COG_OPENAPI_SCHEMA=FILE` or a flag.
  std::string text;
};

/// The document of the flag, else of COG_OPENAPI_SCHEMA (cog-cli §7.2: it replaces the
/// generation), or nothing when neither is set. Fails when the file cannot be read, or is no
/// OpenAPI 3 document; the error begins with `said`.
Result<std::optional<GivenSchema>> given_schema(const SchemaFlag& flag = {});

}  // namespace cogpp::cli
