// Data URLs both ways, and the media type table.
#include "cli/support/data_url.hpp"

#include <catch2/catch_test_macros.hpp>

#include "cli/support/media_types.hpp"

using namespace std::string_literals;
using cogpp::cli::extension_of;
using cogpp::cli::media_type_of;
using cogpp::cli::parse_data_url;
using cogpp::cli::to_data_url;

TEST_CASE("base64 has the padding of its length") {
  CHECK(to_data_url("text/plain", "") == "data:text/plain;base64,");
  CHECK(to_data_url("text/plain", "a") == "data:text/plain;base64,YQ==");
  CHECK(to_data_url("text/plain", "ab") == "data:text/plain;base64,YWI=");
  CHECK(to_data_url("text/plain", "abc") == "data:text/plain;base64,YWJj");
}

TEST_CASE("every byte survives") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (std::size_t length = 250; length <= 256; ++length) {
    const std::string part = bytes.substr(0, length);
    const auto parsed = parse_data_url(to_data_url("a/b", part));
    REQUIRE(parsed);
    CHECK(parsed->bytes == part);
    CHECK(parsed->media_type == "a/b");
  }
}

TEST_CASE("other forms of data URLs") {
  CHECK(parse_data_url("data:,hello%20world%21")->bytes == "hello world!");
  CHECK(parse_data_url("data:,100%")->bytes == "100%");
  CHECK(parse_data_url("data:None;base64,YQ==")->media_type.empty());
  CHECK(parse_data_url("data:text/plain;charset=utf-8;base64,YQ")->bytes == "a");
  CHECK(parse_data_url("data:;base64,_-8=")->bytes == "\xff\xef"s);
}

TEST_CASE("what is no data URL is refused") {
  CHECK_FALSE(parse_data_url("https://example.com/x.png"));
  CHECK_FALSE(parse_data_url("data:text/plain;base64"));
  CHECK_FALSE(parse_data_url("data:;base64,Y!=="));
  CHECK_FALSE(parse_data_url("data:;base64,Y"));
}

TEST_CASE("media types and extensions") {
  CHECK(media_type_of("a/photo.JPG") == "image/jpeg");
  CHECK(media_type_of("x.tar.gz") == "application/gzip");
  CHECK(media_type_of("README") == "application/octet-stream");
  CHECK(extension_of("image/jpeg") == ".jpg");
  CHECK(extension_of("IMAGE/PNG") == ".png");
  CHECK(extension_of("text/plain; charset=utf-8") == ".txt");
  CHECK(extension_of("application/x-unknown").empty());
  CHECK(extension_of("").empty());
}
