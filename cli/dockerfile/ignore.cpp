// A pattern is matched part by part: `**` stands for any number of parts, within a part
// fnmatch(3) knows the rest (`*`, `?`, `[…]`, `\`).
#include "cli/dockerfile/ignore.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <span>

#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

using Parts = std::span<const std::string>;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpaces = " \t\r";
  const auto begin = text.find_first_not_of(kSpaces);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpaces) - begin + 1);
}

/// Between slashes, as Docker cleans a pattern: no empty parts, no `.`, `..` goes up.
std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    const std::string part(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part == ".." && !parts.empty()) {
      parts.pop_back();
    } else if (!part.empty() && part != "." && part != "..") {
      parts.push_back(part);
    }
  }
  return parts;
}

bool part_matches(const std::string& pattern, const std::string& part) {
  // FNM_PERIOD is not given: `*` matches names that begin with a dot, as in Docker.
  return ::fnmatch(pattern.c_str(), part.c_str(), 0) == 0;
}

/// Whether the pattern matches the path or a directory that it is in.
bool matches(Parts pattern, Parts path) {
  if (pattern.empty()) return true;  // a parent matched, or the path itself
  if (pattern.front() == "**") {
    // At the end it needs something to stand for.
    if (pattern.size() == 1) return !path.empty();
    for (std::size_t skip = 0; skip <= path.size(); ++skip) {
      if (matches(pattern.subspan(1), path.subspan(skip))) return true;
    }
    return false;
  }
  if (path.empty() || !part_matches(pattern.front(), path.front())) return false;
  return matches(pattern.subspan(1), path.subspan(1));
}

/// Whether the pattern could match something below the directory.
bool reaches_below(Parts pattern, Parts directory) {
  if (pattern.empty() || directory.empty()) return true;
  if (pattern.front() == "**") return true;
  if (!part_matches(pattern.front(), directory.front())) return false;
  return reaches_below(pattern.subspan(1), directory.subspan(1));
}

}  // namespace

Result<IgnoreRules> IgnoreRules::parse(std::string_view text) {
  IgnoreRules rules;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#')) continue;
    line = trimmed(line);
    if (line.empty()) continue;
    const bool takes_back = line.front() == '!';
    if (takes_back) line = trimmed(line.substr(1));
    if (line.empty()) {
      return Error{".dockerignore line " + std::to_string(number) +
                   ": illegal exclusion pattern: \"!\""};
    }
    Rule rule{.parts = split(line), .takes_back = takes_back};
    // `.` and `/` stand for the project itself, which cannot be left out.
    if (!rule.parts.empty()) rules.rules_.push_back(std::move(rule));
  }
  return rules;
}

Result<IgnoreRules> IgnoreRules::load(const fs::path& directory) {
  const fs::path file = directory / ".dockerignore";
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return IgnoreRules();
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  return parse(*text);
}

bool IgnoreRules::ignores(const std::string& path) const {
  const std::vector<std::string> parts = split(path);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (matches(rule->parts, parts)) return !rule->takes_back;
  }
  return false;
}

bool IgnoreRules::ignores_all_below(const std::string& directory) const {
  if (!ignores(directory)) return false;
  const std::vector<std::string> parts = split(directory);
  return std::none_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return rule.takes_back && reaches_below(rule.parts, parts);
  });
}

}  // namespace cogpp::cli
