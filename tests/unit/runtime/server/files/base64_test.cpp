// Base64 against Python's: vectors of RFC 4648, and answers of binascii.a2b_base64
// to text that is not clean.
#include "runtime/server/files/base64.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <iostream>
#include <random>
#include <string>
#include <string_view>

#include "runtime/server/files/base64_kernel.hpp"

namespace {

using cogpp::Result;
using cogpp::server::files::append_base64;
using cogpp::server::files::avx2_base64;
using cogpp::server::files::Base64Decoder;
using cogpp::server::files::scalar_base64;

/// Decodes in pieces of `piece` characters.
Result<std::string> decode_base64(std::string_view text, std::size_t piece = std::string::npos) {
  std::string out;
  Base64Decoder decoder;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    out += decoder.decode(text.substr(0, piece));
  }
  if (const auto finished = decoder.finish(); !finished) return finished.error();
  return out;
}

std::string random_bytes(std::mt19937& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() & 0xFFU);
  return bytes;
}

const unsigned char* as_bytes(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

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
    for (const std::size_t piece : {1, 2, 3, 5}) {
      const auto pieced = decode_base64(one.text, piece);
      REQUIRE(pieced.ok() == one.ok);
      CHECK((pieced ? *pieced : pieced.error().message) == one.expected);
    }
  }
}

TEST_CASE("base64 restores every length and byte") {
  std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same bytes each run.
  for (std::size_t size = 0; size < 200; ++size) {
    const std::string bytes = random_bytes(random, size);
    const auto decoded = decode_base64(encoded(bytes));
    REQUIRE(decoded.ok());
    CHECK(*decoded == bytes);
  }
}

TEST_CASE("the AVX2 kernel encodes as the scalar one does") {
  if (avx2_base64() == nullptr) SKIP("this processor has no AVX2");
  std::mt19937 random(8);  // NOLINT(cert-msc51-cpp): the same bytes each run.
  for (std::size_t groups = 0; groups < 300; ++groups) {
    const std::string bytes = random_bytes(random, 3 * groups);
    std::string expected(4 * groups, '\0');
    std::string digits(4 * groups, '\0');
    scalar_base64().encode(as_bytes(bytes), groups, expected.data());
    const auto done = avx2_base64()->encode(as_bytes(bytes), groups, digits.data());
    REQUIRE(done <= groups);
    CHECK((groups < 32 || done > groups - 16));
    CHECK(digits.substr(0, 4 * done) == expected.substr(0, 4 * done));
  }
}

// Every byte at every place of a long clean text: both kernels take the same groups
// before it, give or take those that do not fill a register.
TEST_CASE("the AVX2 kernel decodes as the scalar one does") {
  if (avx2_base64() == nullptr) SKIP("this processor has no AVX2");
  constexpr std::size_t kGroups = 40;
  std::mt19937 random(9);  // NOLINT(cert-msc51-cpp): the same bytes each run.
  const std::string clean = encoded(random_bytes(random, 3 * kGroups));
  for (unsigned value = 0; value < 256; ++value) {
    for (std::size_t place = 0; place < 4 * kGroups; place += 1 + place % 3) {
      std::string text = clean;
      text[place] = static_cast<char>(value);
      std::string expected(3 * kGroups, '\0');
      std::string bytes(3 * kGroups, '\0');
      const auto all = scalar_base64().decode(as_bytes(text), kGroups, expected.data());
      const auto done = avx2_base64()->decode(as_bytes(text), kGroups, bytes.data());
      INFO("byte " << value << " at " << place);
      REQUIRE(done <= all);
      REQUIRE((all == kGroups ? done > kGroups - 16 : done + 8 > std::min(all, kGroups - 16)));
      REQUIRE(bytes.substr(0, 3 * done) == expected.substr(0, 3 * done));
    }
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
