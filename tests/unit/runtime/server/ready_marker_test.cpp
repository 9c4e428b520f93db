// The file for Kubernetes' probes: made with its folder, and its lack is told once.
#include "runtime/server/http/ready_marker.hpp"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/runtime/server/files/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
namespace server = cogpp::server;

struct Marking {
  cogpp::test::TempFolder folder;
  server::Log log{server::LogFormat::kJson};
  std::vector<cogpp::Json> lines;

  Marking() {
    log.redirect([this](std::string_view line) { lines.push_back(cogpp::Json::parse(line)); });
  }
};

TEST_CASE("the marker is an empty file in a folder that is made as well") {
  Marking marking;
  const fs::path file = marking.folder.path() / "cog" / "ready";
  server::ReadyMarker marker(file, marking.log);
  CHECK_FALSE(fs::exists(file));
  for (int i = 0; i < 2; ++i) {
    marker.set();
    CHECK(fs::is_regular_file(file));
    CHECK(fs::file_size(file) == 0);
  }
  fs::remove_all(file.parent_path());
  marker.set();
  CHECK(fs::exists(file));
  std::ofstream(file) << "somebody's";
  marker.set();
  CHECK(fs::file_size(file) == 10);
  CHECK(marking.lines.empty());
}

TEST_CASE("a marker that cannot be made is told once, with file and reason") {
  Marking marking;
  const fs::path blocked = marking.folder.path() / "cog";
  std::ofstream(blocked) << "no folder";
  server::ReadyMarker marker(blocked / "ready", marking.log);
  for (int i = 0; i < 3; ++i) marker.set();
  REQUIRE(marking.lines.size() == 1);
  CHECK(marking.lines[0]["level"] == "WARN");
  CHECK(marking.lines[0]["fields"]["file"] == (blocked / "ready").string());
  CHECK(marking.lines[0]["fields"]["error"] == "Not a directory");
}

}  // namespace
