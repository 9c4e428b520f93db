// Where a request's input holds files: the strings that a predictor takes as files and
// that name something to be fetched (cog-runtime §9.1).
#pragma once

#include <vector>

#include "schema/json.hpp"
#include "schema/signature.hpp"

namespace cogpp::schema {

/// Whether an input of `signature` can hold files at all: constant for a signature, and worth
/// asking once. Where it is false, file_urls() finds nothing. Pure; any thread.
bool takes_files(const Signature& signature);

/// The http, https and data URLs of `input` that stand where `signature` has a path: by
/// itself, or at any depth of lists, maps and structs. Not in unions, which have no paths
/// (Cog's rule; COGPP_PREDICTOR does not compile with one). Python's inputs, as Cog's,
/// have paths by themselves and in lists alone. What does not have its declared type is
/// passed over. The pointers lead into `input`. Pure; any thread.
std::vector<const Json*> file_urls(const Json& input, const Signature& signature);

}  // namespace cogpp::schema
