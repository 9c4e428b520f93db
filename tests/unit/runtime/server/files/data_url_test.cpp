// data: URLs by the recordings files/in_data_* and cog-runtime-live B17.
#include "runtime/server/files/data_url.hpp"

#include <catch2/catch_test_macros.hpp>

namespace {

using cogpp::Result;
using cogpp::Status;
using cogpp::server::files::decode_data_url;
using cogpp::server::files::file_name_of_type;
using cogpp::server::files::split_data_url;

Result<std::string> decoded_url(std::string_view url) {
  const auto parts = split_data_url(url);
  if (!parts) return parts.error();
  std::string out;
  const Status decoded = decode_data_url(*parts, [&out](std::string_view bytes) {
    out += bytes;
    return Status();
  });
  if (!decoded) return decoded.error();
  return out;
}

struct UrlCase {
  const char* url;
  const char* name;
  const char* bytes;
};

TEST_CASE("data URLs become bytes and a name") {
  const UrlCase cases[] = {
      {"data:image/png;base64,aGVsbG8%3D", "file.png", "hello"},
      {"data:image/png;base64,aGVs bG8=", "file.png", "hello"},
      {"data:text/plain;charset=utf-8;base64,aGk=", "file.txt", "hi"},
      {"data:image/jpeg;base64,aGk=", "file.jpg", "hi"},
      {"data:application/json,%7B%7D", "file.json", "{}"},
      {"data:audio/mpeg;base64,aGk=", "file.mp3", "hi"},
      {"data:;base64,aGk=", "file.txt", "hi"},
      {"data:,hello%20world", "file.txt", "hello world"},
      {"data:image/svg+xml;base64,aGk=", "file.svg", "hi"},
      {"data:text/plain,hi", "file.txt", "hi"},
      {"data:foo/bar;base64,aGk=", "file", "hi"},
      {"data:audio/wav;base64,aGk=", "file", "hi"},
      {"data:image/webp;base64,aGk=", "file.webp", "hi"},
      {"data:IMAGE/PNG;base64,aGk=", "file.png", "hi"},
      {"data:image/png;base64,!!!", "file.png", ""},
      {"data:nonsense,x", "file.txt", "x"},
      {"data:a/b/c,x", "file.txt", "x"},
      {"data:;charset=utf-8,x", "file.txt", "x"},
      {"data:,100%", "file.txt", "100%"},
      {"data:,a,b#c", "file.txt", "a,b#c"},
      {"data:,a#", "file.txt", "a"},
      {"data:,a+b", "file.txt", "a+b"},
      {"data:text/plain;BASE64,aGk=", "file.txt", "aGk="},
  };
  for (const UrlCase& one : cases) {
    INFO(one.url);
    const auto decoded = decoded_url(one.url);
    REQUIRE(decoded.ok());
    CHECK(file_name_of_type(split_data_url(one.url)->media_type) == one.name);
    CHECK(*decoded == one.bytes);
  }
}

TEST_CASE("malformed data URLs fail with Python's texts") {
  const auto error = [](const char* url) {
    const auto decoded = decoded_url(url);
    return decoded ? std::string("no error") : decoded.error().message;
  };
  CHECK(error("data:") == "not enough values to unpack (expected 2, got 1)");
  CHECK(error("data:text/plain;base64") == "not enough values to unpack (expected 2, got 1)");
  CHECK(error("data:image/png;base64,aGVsbG8") == "Incorrect padding");
  CHECK(error("data:image/png;base64,a-_-") ==
        "Invalid base64-encoded string: number of data characters (1) cannot be 1 more than a "
        "multiple of 4");
}

TEST_CASE("a data URL is decoded in pieces, and a failing sink ends it") {
  std::string text(1'000'000, 'A');
  text += "!\nAA==";  // Not at a piece's end, and not clean.
  int calls = 0;
  std::size_t size = 0;
  const std::string url = "data:;base64," + text;
  const Status decoded = decode_data_url(*split_data_url(url), [&](std::string_view bytes) {
    size += bytes.size();
    ++calls;
    return Status();
  });
  CHECK(decoded.ok());
  CHECK(size == 750'001);
  CHECK(calls > 1);
  const Status refused = decode_data_url(*split_data_url(url), [&](std::string_view) -> Status {
    ++calls;
    return cogpp::Error{"disk full"};
  });
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message == "disk full");
}

}  // namespace
