// URLs: parts, redirects' targets by RFC 3986 §5.4, and Cog's file names.
#include "runtime/server/client/url.hpp"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <string>

namespace {

using cogpp::server::client::file_name_of_url;
using cogpp::server::client::parse_url;
using cogpp::server::client::resolve_location;
using cogpp::server::client::without_blanks;

TEST_CASE("a URL has its parts") {
  const auto url = parse_url("http://user:pa%40ss@example.com:8080/a b/c?q=\"1\"&s=a+b%2B#frag");
  REQUIRE(url.ok());
  CHECK_FALSE(url->tls);
  CHECK(url->user_info == "user:pa%40ss");
  CHECK(url->host == "example.com");
  CHECK(url->port == 8080);
  CHECK(url->target == "/a%20b/c?q=%221%22&s=a+b%2B");
  CHECK(url->authority() == "example.com:8080");
  CHECK(url->text() == "http://example.com:8080/a%20b/c?q=%221%22&s=a+b%2B#frag");
}

TEST_CASE("defaults of a URL") {
  const auto url = parse_url("https://[::1]?x");
  REQUIRE(url.ok());
  CHECK(url->tls);
  CHECK(url->host == "::1");
  CHECK(url->port == 443);
  CHECK(url->target == "/?x");
  CHECK(url->authority() == "[::1]");
  CHECK(parse_url("http://h")->text() == "http://h/");
  CHECK(parse_url("http://h:80/x")->authority() == "h");
}

TEST_CASE("what is no http URL is refused") {
  CHECK(parse_url("ftp://h/x").error().message ==
        "No connection adapters were found for 'ftp://h/x'");
  CHECK(parse_url("http:///x").error().message == "Invalid URL 'http:///x': No host supplied");
  for (const char* text : {"http://h:x/", "http://h:99999/", "http://h:-1/", "http://[::1/",
                           "http://[::1]x/", "http://a b/", "http://a\r\nX: y/"}) {
    INFO(text);
    CHECK_FALSE(parse_url(text).ok());
  }
}

TEST_CASE("dot segments are resolved") {
  CHECK(parse_url("http://h/a/../b/./c?x=/../y")->target == "/b/c?x=/../y");
  CHECK(parse_url("http://h/../..")->target == "/");
  CHECK(parse_url("http://h/a/..b/.c/...")->target == "/a/..b/.c/...");
  CHECK(parse_url("http://h//a//")->target == "//a//");
  CHECK(resolve_location(*parse_url("http://h/x"), "http://g/a/../b")->text() == "http://g/b");
}

TEST_CASE("blanks around a URL and line breaks in it are left out") {
  CHECK(without_blanks(" \t\x01http://h/a b\r\n ") == "http://h/a b");
  CHECK(without_blanks("http://h/a\tb\r\n/c") == "http://h/ab/c");
  CHECK(without_blanks(" \n ").empty());
  CHECK(without_blanks("http://h/\u00E9") == "http://h/\u00E9");
}

TEST_CASE("nothing in a URL can end the request line") {
  const auto url = parse_url("http://h/a\r\nX-Evil: 1\r\n?b\x7f\xc3\xa9");
  REQUIRE(url.ok());
  CHECK(url->target == "/a%0D%0AX-Evil:%201%0D%0A?b%7F%C3%A9");
}

TEST_CASE("redirects lead where RFC 3986 says") {
  const auto base = parse_url("http://a/b/c/d;p?q");
  REQUIRE(base.ok());
  const std::map<std::string, std::string> targets = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"https://x/y", "https://x/y"},
      {"HTTP://x", "http://x/"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
  };
  for (const auto& [location, expected] : targets) {
    INFO(location);
    const auto target = resolve_location(*base, location);
    REQUIRE(target.ok());
    CHECK(target->text() == expected);
  }
  CHECK_FALSE(resolve_location(*base, "file:///etc/passwd").ok());
}

TEST_CASE("files are named after the last segment") {
  CHECK(file_name_of_url("http://h/pic.png") == "pic.png");
  CHECK(file_name_of_url("http://h/q.txt?x=1&y=/z") == "q.txt");
  CHECK(file_name_of_url("http://h/deep/dir/f.tar.gz#x") == "f.tar.gz");
  CHECK(file_name_of_url("http://h/").empty());
  CHECK(file_name_of_url("http://h").empty());
  CHECK(file_name_of_url("http://h?a/b").empty());
  CHECK(file_name_of_url("http://h/a+b%20c.png") == "a b c.png");
  CHECK(file_name_of_url("http://h/a%2F..%2Fb%00c") == "a_.._b_c");
  CHECK(file_name_of_url("http://h/a%0A%1Bb%7F\u00E9.png") == "a__b_\u00E9.png");
  CHECK(file_name_of_url("http://h/a.png;v=1") == "a.png");
  CHECK(file_name_of_url("http://h/%C3%A9%FF.png") == "\xC3\xA9\xEF\xBF\xBD.png");
}

TEST_CASE("long names keep their extension and stay text") {
  const std::string name = file_name_of_url("http://h/long" + std::string(300, 'x') + ".jpeg");
  CHECK(name.size() == 200);
  CHECK(name == "long" + std::string(190, 'x') + "~.jpeg");
  std::string umlauts = "http://h/";
  for (int i = 0; i < 150; ++i) umlauts += "%C3%A9";
  const std::string cut = file_name_of_url(umlauts + ".png");
  CHECK(cut.size() == 199);  // 97 of two bytes, "~", ".png": 195 bytes do not fit an even count.
  CHECK(cut.ends_with("\xC3\xA9~.png"));
  CHECK(file_name_of_url("http://h/a." + std::string(300, 'x')).size() == 200);
  CHECK(file_name_of_url("http://h/" + std::string(200, 'x')) == std::string(200, 'x'));
}

}  // namespace
