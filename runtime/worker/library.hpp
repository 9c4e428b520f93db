// A predictor's shared library, loaded and checked.
#pragma once

#include <string>
#include <string_view>

#include "runtime/sdk/include/cogpp/abi.h"
#include "schema/result.hpp"

namespace cogpp::worker {

/// The C table of the library at `path`. The library stays loaded until the process
/// ends: its threads and static objects may outlive any owner. Fails with the
/// loader's reason, or, for another ABI version, with both versions.
Result<const CogppPredictorTable*> load_library(const std::string& path);

/// Part of load_library(), for tests.
Status check_table(const CogppPredictorTable* table, const std::string& path);

inline CogppText as_text(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view as_view(CogppText text) { return {text.data, text.size}; }

}  // namespace cogpp::worker
