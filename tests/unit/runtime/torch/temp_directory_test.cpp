// Temporary directories go with their owner, and those of killed processes with the
// next one.
#include "runtime/torch/temp_directory.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <cstdlib>

#include "tests/unit/runtime/torch/models.hpp"

using cogpp::torch_models::TempDirectory;
using cogpp::torch_tests::TestFolder;
namespace fs = std::filesystem;

namespace {

/// TMPDIR points into a folder of the test's own while this lives.
class OwnTmp {
 public:
  OwnTmp() { setenv("TMPDIR", folder_.path().c_str(), 1); }
  ~OwnTmp() { unsetenv("TMPDIR"); }
  const TestFolder& folder() const { return folder_; }

 private:
  TestFolder folder_;
};

void make_old(const fs::path& path) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace

TEST_CASE("a temporary directory is removed with its owner") {
  const OwnTmp tmp;
  fs::path path;
  {
    auto directory = TempDirectory::create();
    REQUIRE(directory.ok());
    path = directory->path();
    std::ofstream(path / "model.so") << "code";
    const TempDirectory moved = std::move(*directory);
    CHECK(fs::exists(moved.path() / "model.so"));
  }
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("abandoned directories are swept, those in use are not") {
  const OwnTmp tmp;
  const fs::path abandoned = tmp.folder() / "cogpp-pt2-aaaaaa";
  const fs::path used = tmp.folder() / "cogpp-pt2-bbbbbb";
  const fs::path foreign = tmp.folder() / "other-cccccc";
  for (const fs::path& path : {abandoned, used, foreign}) {
    fs::create_directory(path);
    std::ofstream(path / ".lock") << "";
  }
  const int lock = open((used / ".lock").c_str(), O_RDWR | O_CLOEXEC);
  REQUIRE(flock(lock, LOCK_EX | LOCK_NB) == 0);
  for (const fs::path& path : {abandoned, used, foreign}) make_old(path);
  REQUIRE(TempDirectory::create().ok());
  CHECK_FALSE(fs::exists(abandoned));
  CHECK(fs::exists(used));
  CHECK(fs::exists(foreign));
  close(lock);
}

TEST_CASE("a folder that cannot be written is an error that names TMPDIR") {
  setenv("TMPDIR", "/nonexistent", 1);
  const auto made = TempDirectory::create();
  unsetenv("TMPDIR");
  REQUIRE(!made.ok());
  CHECK(made.error().message.find("/nonexistent") != std::string::npos);
  CHECK(made.error().message.find("TMPDIR") != std::string::npos);
}
