// The uv that cogpp fetches where PATH has none: from the package index, once for all
// projects, into the user's cache. It makes installing faster and is never needed; with
// COGPP_NO_UV set no uv is fetched or run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What pip is told that uv, which reads none of it, must not do without.
enum class PipSettings {
  kNone,
  kSources,   ///< Where packages come from; uv may have been told the same.
  kVersions,  ///< Which of them it takes, by constraints and the like.
};

/// Reads the answer of `pip config list`: `global.index-url='…'`, `:env:.cert='…'`. Pure.
PipSettings pip_settings(const std::string& list);

/// PATH's own, which is not cogpp's matter but for COGPP_NO_UV.
std::optional<std::filesystem::path> uv_of_path();

/// The program in the cache, which is fetched first where `fetch` allows that. `python` has
/// pip, which fetches it. No value: it could not be had, which has then been said, or pip is
/// told which packages are wanted, or where they come from and uv is not. Fails only when it
/// is interrupted.
Result<std::optional<std::filesystem::path>> cached_uv(const std::filesystem::path& python,
                                                       bool fetch, Context& context);

/// NAME=value: what makes it choose as pip does, where nobody has told uv how to.
std::vector<std::string> cached_uv_environment();

}  // namespace cogpp::cli
