// "Did you mean": the known name nearest to a mistyped one. Pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::schema {

/// How many insertions, deletions, replacements and swaps of neighbours turn `a`
/// into `b`, each letter touched once.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest of `known`, if a typing error is likely: one letter in three may be
/// wrong, or `word` is the beginning of a longer name.
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& known);

}  // namespace cogpp::schema
