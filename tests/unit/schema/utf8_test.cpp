// Valid, broken and cut UTF-8.
#include "schema/utf8.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

namespace cogpp {
namespace {

TEST_CASE("valid text of every length of character") {
  for (const std::string text : {"", "plain text, longer than a word", "\u00e9", "\u20ac",
                                 "\U0001f600", "\U0010ffff", "aaaaaaa\u20acaaaaaaaa"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
    CHECK(to_utf8(text) == text);
    CHECK(unfinished_tail(text) == 0);
  }
}

TEST_CASE("overlong forms, surrogates, stray and too large bytes are not UTF-8") {
  for (const std::string text : {"\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                                 "\x80", "\xff", "\xf5\x80\x80\x80"}) {
    CHECK_FALSE(is_utf8(text));
    CHECK(utf8_prefix("ok" + text) == 2);
    CHECK(is_utf8(to_utf8(text)));
  }
  CHECK(to_utf8("a\xe2\x82"
                "b\xff") == "a\ufffdb\ufffd");
}

TEST_CASE("a cut character at the end is recognised") {
  CHECK(unfinished_tail("a\xe2") == 1);
  CHECK(unfinished_tail("a\xe2\x82") == 2);
  CHECK(unfinished_tail("\xf0\x9f\x98") == 3);
  CHECK(unfinished_tail("a\x82") == 0);
  CHECK(unfinished_tail("\xed\xa0") == 0);
  CHECK(unfinished_tail("\xff") == 0);
}

TEST_CASE("a cut character waits for its rest") {
  std::string held;
  CHECK(join_whole(held, "a\xe2") == "a");
  CHECK(join_whole(held, "\x82").empty());
  CHECK(held == "\xe2\x82");
  CHECK(join_whole(held, "\xac!") == "\u20ac!");
  CHECK(held.empty());
}

}  // namespace
}  // namespace cogpp
