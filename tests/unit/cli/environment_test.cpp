// Variables that a program is given.
#include "cli/support/environment.hpp"

#include <stdlib.h>

#include <catch2/catch_test_macros.hpp>

using namespace cogpp::cli;

TEST_CASE("a variable's name ends at its first equals sign") {
  CHECK(variable_name("A=b=c") == "A");
  CHECK(variable_name("A=") == "A");
  CHECK(variable_name("A") == "A");
  CHECK(variable_name("") == "");
}

TEST_CASE("what is added counts before this process's, and the last of one name") {
  ::setenv("COGPP_TEST_VARIABLE", "own", 1);
  const auto with = [](const std::vector<std::string>& added) {
    return variable_of(added, "COGPP_TEST_VARIABLE");
  };
  CHECK(with({}) == "own");
  CHECK(with({"COGPP_TEST_VARIABLES=1", "COGPP_TEST=2", ""}) == "own");
  CHECK(with({"COGPP_TEST_VARIABLE=a=b"}) == "a=b");
  CHECK(with({"COGPP_TEST_VARIABLE=1", "OTHER=2", "COGPP_TEST_VARIABLE=3", "OTHER=4"}) == "3");
  CHECK(with({"COGPP_TEST_VARIABLE=1", "COGPP_TEST_VARIABLE="}) == "");
  CHECK(with({"COGPP_TEST_VARIABLE=1", "COGPP_TEST_VARIABLE"}) == "own");  // by its name alone
  ::unsetenv("COGPP_TEST_VARIABLE");
  CHECK(with({}) == "");
}
