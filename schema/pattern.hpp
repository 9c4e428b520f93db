// Regular expressions that come from users, matched without danger.
//
// RE2 first: linear time for any text. What it refuses (look-around, back
// references; Cog's engine accepts them) goes to PCRE2 with limits on work and memory.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::schema {

/// A compiled expression. Immutable: any number of threads may match at once.
class Pattern {
 public:
  /// The error quotes the expression and says where it is wrong.
  static Result<Pattern> compile(const std::string& expression);

  Pattern(Pattern&&) noexcept;
  Pattern& operator=(Pattern&&) noexcept;
  ~Pattern();

  /// Whether any part of `text` (UTF-8) matches. `$` is the very end, not the place
  /// before a last newline. Exceeding PCRE2's limits counts as no match.
  bool found_in(std::string_view text) const;
  const std::string& expression() const { return expression_; }

 private:
  struct Engine;
  Pattern(std::string expression, std::unique_ptr<const Engine> engine);
  std::string expression_;
  std::unique_ptr<const Engine> engine_;
};

}  // namespace cogpp::schema
