// Part by part; fnmatch(3) knows a part's wildcards.
#include "cli/weights/pattern.hpp"

#include <fnmatch.h>

#include <algorithm>

namespace cogpp::cli {
namespace {

std::vector<std::string> parts_of(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t slash = text.find('/');
    if (slash != 0) parts.emplace_back(text.substr(0, slash));
    if (slash == std::string_view::npos) break;
    text.remove_prefix(slash + 1);
  }
  return parts;
}

using Part = std::vector<std::string>::const_iterator;

/// Whether the pattern's parts are all of the path's, or its first ones: a directory's.
/// `directory` asks for one, so that something must be left.
bool begins_with(Part pattern, Part pattern_end, Part path, Part path_end, bool directory) {
  if (pattern == pattern_end) return !directory || path != path_end;
  if (*pattern == "**") {
    // At the end it is everything inside, so at least one part.
    if (pattern + 1 == pattern_end) return path != path_end;
    for (;; ++path) {
      if (begins_with(pattern + 1, pattern_end, path, path_end, directory)) return true;
      if (path == path_end) return false;
    }
  }
  return path != path_end && ::fnmatch(pattern->c_str(), path->c_str(), 0) == 0 &&
         begins_with(pattern + 1, pattern_end, path + 1, path_end, directory);
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view path) {
  const bool directory = pattern.ends_with('/');
  if (directory) pattern.remove_suffix(1);
  std::vector<std::string> wanted = parts_of(pattern);
  if (wanted.empty()) return false;
  if (pattern.find('/') == std::string_view::npos) wanted.insert(wanted.begin(), "**");
  // `**/**/x` is `**/x`; without this the search could take exponentially long.
  wanted.erase(std::unique(wanted.begin(), wanted.end(),
                           [](const auto& a, const auto& b) { return a == "**" && b == "**"; }),
               wanted.end());
  const std::vector<std::string> parts = parts_of(path);
  return begins_with(wanted.begin(), wanted.end(), parts.begin(), parts.end(), directory);
}

bool is_selected(const std::vector<std::string>& include, const std::vector<std::string>& exclude,
                 std::string_view path) {
  const auto holds = [&](const std::string& pattern) { return matches_pattern(pattern, path); };
  return (include.empty() || std::any_of(include.begin(), include.end(), holds)) &&
         std::none_of(exclude.begin(), exclude.end(), holds);
}

}  // namespace cogpp::cli
