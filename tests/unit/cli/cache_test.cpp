// What stays in the cache, and what goes.
#include "cli/support/cache.hpp"

#include <catch2/catch_test_macros.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "cli/build/build_cache.hpp"
#include "cli/support/files.hpp"

using cogpp::cli::BuildCache;
using cogpp::cli::cache_usage;
using cogpp::cli::CacheUse;
using cogpp::cli::prune_cache;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::write_file;

namespace fs = std::filesystem;

namespace {

struct CacheFolder {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  fs::path cache = directory.path();
  fs::path environments = cache / "python/environments";

  static void age(const fs::path& path, int days) {
    fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(24 * days));
  }

  /// An environment that was used that many days ago; its marker.
  fs::path environment(const std::string& name, int days) const {
    const fs::path folder = environments / name;
    fs::create_directories(folder / "bin");
    REQUIRE(write_file(folder / "bin/python", std::string(10'000, 'x')));
    REQUIRE(write_file(folder / "cogpp-complete", ""));
    age(folder / "cogpp-complete", days);
    return folder / "cogpp-complete";
  }

  void prune_again() const {
    fs::remove(cache / "pruned");
    prune_cache(cache);
  }
};

}  // namespace

TEST_CASE_METHOD(CacheFolder, "what was not used for a month goes, the rest stays") {
  const fs::path old = environment("old", 31);
  const fs::path young = environment("young", 29);
  fs::create_directories(environments / "half-made");
  age(environments / "half-made", 31);
  REQUIRE(write_file(environments / "old.lock", ""));
  age(environments / "old.lock", 31);
  fs::create_directories(cache / "torch-2.11.0");
  age(cache / "torch-2.11.0", 400);
  for (const char* folder : {"layers", "uploads"}) {
    fs::create_directories(cache / folder);
    for (const auto& [name, days] : {std::pair("old", 31), std::pair("young", 29)}) {
      REQUIRE(write_file(cache / folder / name, ""));
      age(cache / folder / name, days);
    }
  }
  prune_cache(cache);
  for (const char* folder : {"layers", "uploads"}) {
    CHECK_FALSE(fs::exists(cache / folder / "old"));
    CHECK(fs::exists(cache / folder / "young"));
  }
  CHECK_FALSE(fs::exists(old.parent_path()));
  CHECK(fs::exists(young));
  CHECK_FALSE(fs::exists(environments / "half-made"));
  CHECK(fs::exists(environments / "old.lock"));
  CHECK(fs::exists(cache / "torch-2.11.0"));
  CHECK(fs::is_empty(cache / "trash"));
}

TEST_CASE_METHOD(CacheFolder, "a use keeps it, and counts from now") {
  const fs::path marker = environment("used", 31);
  std::optional<CacheUse> use = CacheUse::begin(marker);
  REQUIRE(use);
  age(marker, 31);
  prune_again();
  CHECK(fs::exists(marker));
  use.reset();
  use = CacheUse::begin(marker);
  use.reset();
  prune_again();
  CHECK(fs::exists(marker));
  age(marker, 31);
  prune_again();
  CHECK_FALSE(CacheUse::begin(marker));
}

TEST_CASE_METHOD(CacheFolder, "it is looked for once a day") {
  prune_cache(cache);
  const fs::path old = environment("old", 31);
  prune_cache(cache);
  CHECK(fs::exists(old));
  age(cache / "pruned", 2);
  prune_cache(cache);
  CHECK_FALSE(fs::exists(old));
}

TEST_CASE_METHOD(CacheFolder, "builds that are found stay, with their requests") {
  const auto build = [this](const std::string& request) {
    BuildCache builds(cache / "native", cache);
    const auto work = builds.work_directory();
    REQUIRE(work);
    REQUIRE(write_file(work->path() / "signature.json", "{}"));
    REQUIRE(builds.store(request, {}, *work));
  };
  build("kept");
  build("left");
  for (const char* folder : {"artifacts", "requests"}) {
    for (const auto& entry : fs::directory_iterator(cache / "native" / folder)) {
      const bool is_artifact = entry.is_directory();
      age(is_artifact ? entry.path() / "signature.json" : entry.path(), 31);
    }
  }
  BuildCache builds(cache / "native", cache);
  REQUIRE(builds.find("kept"));
  prune_again();
  CHECK(builds.find("kept"));
  CHECK_FALSE(builds.find("left"));
  CHECK(std::distance(fs::directory_iterator(cache / "native/requests"), {}) == 1);
}

TEST_CASE_METHOD(CacheFolder, "a build whose source changed meanwhile is not found again") {
  const fs::path source = cache / "predict.cpp";
  REQUIRE(write_file(source, "old"));
  BuildCache builds(cache / "native", cache);
  const auto build = [&](const std::string& edit) {
    CHECK_FALSE(builds.find("command"));
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // A few ticks of file times.
    TemporaryDirectory work = *builds.work_directory();
    REQUIRE(write_file(work.path() / "signature.json", "{}"));
    if (!edit.empty()) REQUIRE(write_file(source, edit));
    return builds.store("command", {source}, work)->key;
  };
  const std::string stale = build("new");
  CHECK(build("newer") != stale);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::string good = build("");
  CHECK(good != stale);
  CHECK(builds.find("command")->key == good);
}

TEST_CASE_METHOD(CacheFolder, "a file that the build itself writes alike each time is no change") {
  const fs::path header = cache / "version.h";
  BuildCache builds(cache / "native", cache);
  const auto build = [&](const std::string& text) {
    const bool found = builds.find("command").has_value();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    TemporaryDirectory work = *builds.work_directory();
    REQUIRE(write_file(work.path() / "signature.json", "{}"));
    REQUIRE(write_file(header, text));
    REQUIRE(builds.store("command", {header}, work));
    return found;
  };
  CHECK_FALSE(build("1"));
  CHECK_FALSE(build("1"));
  CHECK(build("2"));
  CHECK_FALSE(build("2"));
  CHECK(builds.find("command"));
  REQUIRE(write_file(header, "1"));
  CHECK(builds.find("command"));
}

TEST_CASE_METHOD(CacheFolder, "the size of all there is") {
  environment("one", 0);
  environment("two", 0);
  fs::create_directories(cache / "layers");
  REQUIRE(write_file(cache / "layers/abc", std::string(10'000, 'x')));
  const auto usage = cache_usage(cache);
  REQUIRE(usage.size() == 4);
  CHECK(usage[0].entries == 0);
  CHECK(usage[0].bytes == 0);
  CHECK(usage[1].entries == 2);
  CHECK(usage[1].bytes >= 20'000);
  CHECK(usage[1].directory == cache / "python");
  CHECK(usage[2].entries == 1);
  CHECK(usage[2].bytes >= 10'000);
  CHECK(usage[3].entries == 0);
}
