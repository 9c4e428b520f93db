// Output files as data URLs, by the recordings files/out_*.
#include <sys/stat.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "runtime/server/files/files.hpp"
#include "tests/unit/runtime/server/files/temp_folder.hpp"

namespace {

cogpp::Result<std::string> file_to_quoted_data_url(const std::filesystem::path& file,
                                                   std::uint64_t max_bytes = 100 << 20) {
  return cogpp::server::file_to_quoted_data_url(file, max_bytes);
}

std::filesystem::path write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST_CASE("an output file becomes a data URL") {
  const cogpp::test::TempFolder folder;
  const auto url_of = [&](const char* name, const std::string& bytes) {
    return *file_to_quoted_data_url(write(folder.path() / name, bytes));
  };
  CHECK(url_of("f.txt", "hello") == R"("data:text/plain;base64,aGVsbG8=")");
  CHECK(url_of("f.JPG", "hello") == R"("data:image/jpeg;base64,aGVsbG8=")");
  CHECK(url_of("f.tar.gz", "hello") == R"("data:application/gzip;base64,aGVsbG8=")");
  CHECK(url_of("noext", "hello") == R"("data:application/octet-stream;base64,aGVsbG8=")");
  CHECK(url_of(".png", "hello") == R"("data:application/octet-stream;base64,aGVsbG8=")");
  CHECK(url_of("empty.txt", "") == R"("data:text/plain;base64,")");
}

TEST_CASE("blocks of a long file join without a seam") {
  const cogpp::test::TempFolder folder;
  for (const std::size_t size : {196607UL, 196608UL, 196609UL, 500001UL}) {
    const auto url =
        file_to_quoted_data_url(write(folder.path() / "f.bin", std::string(size, 'a')));
    REQUIRE(url.ok());
    std::string_view text = std::string_view(*url).substr(url->find(',') + 1);
    CHECK(text.back() == '"');
    text.remove_suffix(1);
    CHECK(text.size() == (size + 2) / 3 * 4);
    CHECK(text.find('=') >= text.size() - 2);
  }
}

TEST_CASE("what cannot be read is named") {
  const cogpp::test::TempFolder folder;
  const auto missing = folder.path() / "missing.txt";
  REQUIRE_FALSE(file_to_quoted_data_url(missing).ok());
  CHECK(file_to_quoted_data_url(missing).error().message ==
        "cannot read the output file " + missing.string() + ": No such file or directory");
  CHECK_FALSE(file_to_quoted_data_url(folder.path()).ok());
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK_FALSE(file_to_quoted_data_url(pipe).ok());
}

TEST_CASE("an output file has a largest size") {
  const cogpp::test::TempFolder folder;
  const auto file = write(folder.path() / "f.bin", "12345");
  CHECK(file_to_quoted_data_url(file, 5).ok());
  REQUIRE_FALSE(file_to_quoted_data_url(file, 4).ok());
  CHECK(file_to_quoted_data_url(file, 4).error().message.ends_with(
      "its 5 bytes are more than the limit of 4; raise it with --max-output"));
}

TEST_CASE("10 MiB output", "[.speed]") {
  const cogpp::test::TempFolder folder;
  const auto file = write(folder.path() / "f.bin", std::string(10 << 20, 'x'));
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    REQUIRE(file_to_quoted_data_url(file).ok());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    std::cout << "10 MiB file to data URL: " << took.count() << " ms\n";
  }
}

}  // namespace
