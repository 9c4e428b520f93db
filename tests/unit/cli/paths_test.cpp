// Where programs are looked for.
#include "cli/support/paths.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "cli/support/files.hpp"
#include "schema/environment.hpp"

using namespace cogpp::cli;
namespace fs = std::filesystem;

TEST_CASE("an empty name in PATH is not the current directory") {
  const std::string before = cogpp::environment_variable("PATH");
  const fs::path directory = fs::current_path();
  const auto place = *TemporaryDirectory::create(fs::temp_directory_path());
  REQUIRE(write_file(place.path() / "cogpp-test-program", "#!/bin/sh\n", 0755));
  fs::current_path(place.path());
  for (const char* path : {":/x:/y", "/x:/y:", "/x::/y", "::/x:/y:::"}) {
    CAPTURE(path);
    ::setenv("PATH", path, 1);
    CHECK(search_path() == std::vector<fs::path>{"/x", "/y"});
    CHECK_FALSE(find_program("cogpp-test-program"));
  }
  ::setenv("PATH", ("/x:" + place.path().string()).c_str(), 1);
  CHECK(find_program("cogpp-test-program"));
  ::setenv("PATH", "", 1);
  CHECK(search_path() == std::vector<fs::path>{"/usr/local/bin", "/usr/bin", "/bin"});
  fs::current_path(directory);
  ::setenv("PATH", before.c_str(), 1);
}
