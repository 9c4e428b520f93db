// The rules of a .dockerignore file, read as Docker reads them: the last rule that matches
// a path decides, `!` takes back, and a rule for a directory holds for all below it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::cli {

/// Immutable. Paths are relative to the project, with `/`, without a leading `./`.
class IgnoreRules {
 public:
  /// The error names the line of a rule that is none.
  static Result<IgnoreRules> parse(std::string_view text);
  /// Of `.dockerignore` in `directory`; without that file nothing is ignored.
  static Result<IgnoreRules> load(const std::filesystem::path& directory);

  bool ignores(const std::string& path) const;
  /// Whether nothing below this ignored directory can be taken back by a `!` rule, so
  /// that it need not be read.
  bool ignores_all_below(const std::string& directory) const;

 private:
  struct Rule {
    std::vector<std::string> parts;  ///< Of the pattern, between slashes.
    bool takes_back = false;
  };
  std::vector<Rule> rules_;
};

}  // namespace cogpp::cli
