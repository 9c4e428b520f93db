// Reads what was recorded of a real Cog server; fixtures/README.md says how.
#pragma once

#include <catch2/catch_test_macros.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

namespace cogpp::tests {

inline std::string fixture_text(const std::string& name) {
  std::ifstream file(std::string(COGPP_SCHEMA_FIXTURES) + "/" + name, std::ios::binary);
  INFO("fixture " << name);
  REQUIRE(file.good());
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// With nlohmann's own parser: the parser under test is not its own witness.
inline nlohmann::json fixture(const std::string& name) {
  return nlohmann::json::parse(fixture_text(name));
}

}  // namespace cogpp::tests
