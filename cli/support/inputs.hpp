// A prediction's input from the command line: parsed, files read, checked against
// the predictor's signature before any model is loaded (cog-cli §9.1-9.3).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

struct InputArguments {
  std::vector<std::string> pairs;   ///< `-i name=value`, in order.
  std::optional<std::string> json;  ///< `--json`: an object, `@file`, `@-` or `-`.
};

/// The JSON object to send. Reads files, and standard input where `json` says so.
/// Names that the predictor does not have are refused before any file is read.
Result<Json> read_inputs(const schema::Signature& signature, const InputArguments& arguments);

/// Checks an object against the signature; the error lists every violated rule.
Status check_inputs(const schema::Signature& signature, const Json& inputs);

/// The value that `text`, given for an input of `type`, stands for: the first of
/// boolean, integer, number and string that the type accepts.
Json coerce_scalar(std::string_view text, const schema::Type& type);

}  // namespace cogpp::cli
