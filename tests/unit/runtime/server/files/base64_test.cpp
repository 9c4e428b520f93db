// Base64 against Python's: vectors of RFC 4648, and answers of binascii.a2b_base64
// to text that is not clean.
#include "runtime/server/files/base64.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <iostream>
#include <random>
#include <string>

namespace {

using cogpp::server::files::append_base64;
using cogpp::server::files::decode_base64;

std::string encoded(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

struct Case {
  const char* text;
  const char* expected;  // The bytes, or the error.
  bool ok = true;
};

TEST_CASE("base64 encodes with padding") {
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(encoded("\xff\xfe\xfd") == "//79");
  CHECK(encoded("\xfb\xef\xbe") == "++++");
}

TEST_CASE("base64 appends to what is there") {
  std::string out = "data:,";
  append_base64(out, "foo");
  CHECK(out == "data:,Zm9v");
}

TEST_CASE("base64 decodes as Python does") {
  const Case cases[] = {
      {"", ""},
      {"aGVsbG8=", "hello"},
      {"aGVs bG8=", "hello"},
      {"a\nG\r\nVsbG8=", "hello"},
      {"aGVsbG8=trailing", "hello"},
      {"aGVsbG8", "Incorrect padding", false},
      {"aGk", "Incorrect padding", false},
      {"aG=k=", "hi"},
      {"aG=", "Incorrect padding", false},
      {"aG==", "h"},
      {"aG=!=", "h"},
      {"=", ""},
      {"====", ""},
      {"=aGk=", "hi"},
      {"!!!", ""},
      {"-_-_", ""},
      {"A",
       "Invalid base64-encoded string: number of data characters (1) cannot be 1 more than a "
       "multiple of 4",
       false},
      {"AAAAA",
       "Invalid base64-encoded string: number of data characters (5) cannot be 1 more "
       "than a multiple of 4",
       false},
      {"AAAAA===",
       "Invalid base64-encoded string: number of data characters (5) cannot be 1 more "
       "than a multiple of 4",
       false},
      {"Zm9vYmFy", "foobar"},
  };
  for (const Case& one : cases) {
    INFO(one.text);
    const auto decoded = decode_base64(one.text);
    REQUIRE(decoded.ok() == one.ok);
    CHECK((decoded ? *decoded : decoded.error().message) == one.expected);
  }
}

TEST_CASE("base64 restores every length and byte") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each run.
  for (std::size_t size = 0; size < 200; ++size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
    const auto decoded = decode_base64(encoded(bytes));
    REQUIRE(decoded.ok());
    CHECK(*decoded == bytes);
  }
}

TEST_CASE("base64 of 10 MiB", "[.speed]") {
  const std::string bytes(10 << 20, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const std::string text = encoded(bytes);
    const auto middle = std::chrono::steady_clock::now();
    REQUIRE(decode_base64(text).ok());
    const auto end = std::chrono::steady_clock::now();
    using Ms = std::chrono::duration<double, std::milli>;
    std::cout << "encode " << Ms(middle - start).count() << " ms, decode "
              << Ms(end - middle).count() << " ms\n";
  }
}

}  // namespace
