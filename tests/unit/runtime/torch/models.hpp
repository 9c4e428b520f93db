// The exported models and Python's answers, as the tests of this folder use them.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "schema/json.hpp"

namespace cogpp::torch_tests {

inline std::filesystem::path model(const std::string& name) {
  return std::filesystem::path(COGPP_TEST_MODELS) / name;
}

inline const Json& expected() {
  static const Json answers = Json::parse(std::ifstream(model("expected.json")));
  return answers;
}

/// A folder of the test's own, removed at the end.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "cogpp-test-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cogpp::torch_tests
