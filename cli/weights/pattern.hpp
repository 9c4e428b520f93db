// `include` and `exclude` of a weight's source: globs with gitignore's meaning. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cogpp::cli {

/// True when the pattern names the file `path` (relative, with slashes) or a directory that it lies
/// in. Without a slash inside, it holds at every depth; `**` stands for any number of
/// directories, a slash at the end for directories only.
bool matches_pattern(std::string_view pattern, std::string_view path);

/// Whether a source with these patterns takes the file: some `include`, or none is given,
/// and no `exclude`.
bool is_selected(const std::vector<std::string>& include, const std::vector<std::string>& exclude,
                 std::string_view path);

}  // namespace cogpp::cli
