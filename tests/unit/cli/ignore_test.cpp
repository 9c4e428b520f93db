// .dockerignore, as Docker reads it.
#include "cli/dockerfile/ignore.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using cogpp::cli::IgnoreRules;

namespace {

IgnoreRules ignore_rules(const std::string& text) {
  const auto rules = IgnoreRules::parse(text);
  REQUIRE(rules);
  return *rules;
}

}  // namespace

TEST_CASE("a rule is for the project's root unless it begins with **") {
  const IgnoreRules rules = ignore_rules("*.log\n**/cache\n/venv/\n");
  CHECK(rules.ignores("a.log"));
  CHECK(rules.ignores(".log"));
  CHECK_FALSE(rules.ignores("x/a.log"));
  CHECK(rules.ignores("cache"));
  CHECK(rules.ignores("x/y/cache"));
  CHECK(rules.ignores("x/cache/file"));
  CHECK(rules.ignores("venv/bin/python"));
  CHECK_FALSE(rules.ignores("x/venv"));
}

TEST_CASE("the last rule that matches decides") {
  const IgnoreRules rules = ignore_rules("*\n!src\nsrc/secret.txt\n");
  CHECK(rules.ignores("README.md"));
  CHECK_FALSE(rules.ignores("src"));
  CHECK_FALSE(rules.ignores("src/deep/predict.cpp"));
  CHECK(rules.ignores("src/secret.txt"));
}

TEST_CASE("comments, blank lines, carriage returns and a byte order mark mean nothing") {
  const IgnoreRules rules = ignore_rules("\xEF\xBB\xBF# all\r\n\r\n  a.txt \r\n.\n");
  CHECK(rules.ignores("a.txt"));
  CHECK_FALSE(rules.ignores("# all"));
  CHECK_FALSE(rules.ignores("b.txt"));
}

TEST_CASE("what is in brackets, behind a question mark or a backslash") {
  const IgnoreRules rules = ignore_rules("[ab]?.bin\n\\*.md\na/../b.txt\n");
  CHECK(rules.ignores("a1.bin"));
  CHECK_FALSE(rules.ignores("c1.bin"));
  CHECK(rules.ignores("*.md"));
  CHECK_FALSE(rules.ignores("x.md"));
  CHECK(rules.ignores("b.txt"));
}

TEST_CASE("a directory is read when something in it may be taken back") {
  CHECK(ignore_rules("data\n").ignores_all_below("data"));
  CHECK_FALSE(ignore_rules("data\n!data/keep.txt\n").ignores_all_below("data"));
  CHECK(ignore_rules("data\n!other/keep.txt\n").ignores_all_below("data"));
  CHECK_FALSE(ignore_rules("data\n!**/keep.txt\n").ignores_all_below("data"));
  CHECK_FALSE(ignore_rules("other\n").ignores_all_below("data"));
}

TEST_CASE("a rule that takes nothing back is an error with its line") {
  const auto rules = IgnoreRules::parse("a\n!\n");
  REQUIRE_FALSE(rules);
  CHECK(rules.error().message == ".dockerignore line 2: illegal exclusion pattern: \"!\"");
}
