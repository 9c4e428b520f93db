// A predictor's shared library, loaded and checked.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/sdk/include/cogpp/abi.h"
#include "schema/result.hpp"

namespace cogpp::worker {

/// What a library exports.
struct Library {
  const CogppPredictorTable* predictor = nullptr;
  const CogppPredictorTable* trainer = nullptr;  ///< Null: the model cannot be trained.
};

/// The C tables of the library at `path`. The library stays loaded until the process
/// ends: its threads and static objects may outlive any owner. Fails with the
/// loader's reason, or, for another ABI version, with both versions.
Result<Library> load_library(const std::string& path);

/// Part of load_library(), for tests.
Status check_table(const CogppPredictorTable* table, const std::string& path);

/// The table's health check; null when it has none, or is older than that.
inline auto healthcheck_of(const CogppPredictorTable& table) {
  constexpr auto kEnd =
      offsetof(CogppPredictorTable, healthcheck) + sizeof(CogppPredictorTable::healthcheck);
  return table.struct_size >= kEnd ? table.healthcheck : nullptr;
}

/// What the author calls it; empty for a model file, and for a table that is older than that.
inline std::string_view name_of(const CogppPredictorTable& table) {
  constexpr auto kEnd = offsetof(CogppPredictorTable, name) + sizeof(CogppPredictorTable::name);
  return table.struct_size >= kEnd && table.name ? table.name : "";
}

inline CogppText as_text(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view as_view(CogppText text) { return {text.data, text.size}; }

}  // namespace cogpp::worker
