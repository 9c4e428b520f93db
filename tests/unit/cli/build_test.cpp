// The build cache, dependency files, torch detection, word splitting.
#include <catch2/catch_test_macros.hpp>

#include "cli/build/build_cache.hpp"
#include "cli/build/compiler.hpp"
#include "cli/build/torch_location.hpp"
#include "cli/support/digest.hpp"

using cogpp::cli::BuildCache;
using cogpp::cli::FileDigests;
using cogpp::cli::find_torch;
using cogpp::cli::parse_dependency_file;
using cogpp::cli::read_file;
using cogpp::cli::sha256;
using cogpp::cli::split_words;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::uses_torch;
using cogpp::cli::write_file;

namespace fs = std::filesystem;

namespace {

struct BuildFixture {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  fs::path root = directory.path() / "cache";
  fs::path project = directory.path() / "project";

  BuildFixture() {
    fs::create_directories(project);
    REQUIRE(write_file(project / "a.cpp", "one"));
    REQUIRE(write_file(project / "a.hpp", "header"));
  }

  std::string store(const fs::path& base, const std::string& library) {
    BuildCache cache(root, base);
    auto work = cache.work_directory();
    REQUIRE(work);
    REQUIRE(write_file(work->path() / "predictor.so", library));
    REQUIRE(write_file(work->path() / "signature.json", "{}"));
    const auto artifact = cache.store("request", {"a.cpp", "a.hpp"}, *work);
    REQUIRE(artifact);
    CHECK(*read_file(artifact->library()) == library);
    return artifact->key;
  }

  std::string find(const fs::path& base, const std::string& request = "request") const {
    const auto found = BuildCache(root, base).find(request);
    return found ? found->key : "";
  }
};

}  // namespace

TEST_CASE("SHA-256 of known texts") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE_METHOD(BuildFixture, "a result is found until something it read changes") {
  CHECK(find(project).empty());
  const std::string first = store(project, "library 1");
  CHECK(find(project) == first);
  CHECK(find(project, "another request").empty());

  REQUIRE(write_file(project / "a.hpp", "HEADER"));  // same size
  CHECK(find(project).empty());
  const std::string second = store(project, "library 2");
  CHECK(second != first);
  CHECK(find(project) == second);

  REQUIRE(write_file(project / "a.hpp", "header"));
  CHECK(find(project) == first);
  fs::remove(project / "a.hpp");
  CHECK(find(project).empty());
}

TEST_CASE_METHOD(BuildFixture, "a copy of the project finds the same result") {
  const std::string key = store(project, "library");
  const fs::path copy = directory.path() / "copy";
  fs::copy(project, copy, fs::copy_options::recursive);
  CHECK(find(copy) == key);
}

TEST_CASE_METHOD(BuildFixture, "projects that are compiled alike do not push each other out") {
  std::vector<std::string> keys;
  const auto source_of = [&](std::size_t i) {
    REQUIRE(write_file(project / "a.cpp", "project " + std::to_string(i)));
  };
  for (std::size_t i = 0; i < 20; ++i) {
    source_of(i);
    BuildCache cache(root, project, "a.cpp");
    CHECK_FALSE(cache.find("request"));
    const auto work = cache.work_directory();
    REQUIRE(work);
    REQUIRE(write_file(work->path() / "signature.json", "{}"));
    keys.push_back(cache.store("request", {"a.cpp", "a.hpp"}, *work)->key);
  }
  for (std::size_t i = 0; i < 20; ++i) {
    source_of(i);
    const auto found = BuildCache(root, project, "a.cpp").find("request");
    REQUIRE(found);
    CHECK(found->key == keys[i]);
  }
}

TEST_CASE_METHOD(BuildFixture, "work directories vanish, also abandoned ones") {
  fs::create_directories(root / "work/tmp-2147483646-abcdef");
  {
    BuildCache cache(root, project);
    const auto work = cache.work_directory();
    REQUIRE(work);
    REQUIRE(write_file(work->path() / "file", "x"));
  }
  CHECK(fs::is_empty(root / "work"));
}

TEST_CASE_METHOD(BuildFixture, "digests follow the content, whatever the times say") {
  const fs::path file = project / "a.cpp";
  FileDigests digests = FileDigests::load(root / "digests");
  const auto before = digests.of(file);
  REQUIRE(before);
  const auto time = fs::last_write_time(file);
  REQUIRE(write_file(file, "two"));
  fs::last_write_time(file, time);
  const auto after = digests.of(file);
  REQUIRE(after);
  CHECK(*after == sha256("two"));
  CHECK(*before != *after);
  CHECK_FALSE(digests.of(project / "missing"));
}

TEST_CASE("dependency files") {
  const auto files = parse_dependency_file(
      "predictor: predict.cpp \\\n  my\\ header.hpp /usr/include/a$$b.h\nother: x\n");
  REQUIRE(files.size() == 3);
  CHECK(files[0] == "predict.cpp");
  CHECK(files[1] == "my header.hpp");
  CHECK(files[2] == "/usr/include/a$b.h");
  CHECK(parse_dependency_file("").empty());
}

TEST_CASE("flags of the environment are split as a shell would") {
  CHECK(split_words("") == std::vector<std::string>{});
  CHECK(split_words("  -O1   -g ") == std::vector<std::string>{"-O1", "-g"});
  CHECK(split_words("-DA='x y' \"b c\"d ''") == std::vector<std::string>{"-DA=x y", "b cd", ""});
}

TEST_CASE_METHOD(BuildFixture, "torch is used where its header is included") {
  CHECK_FALSE(uses_torch(project / "a.cpp"));
  REQUIRE(write_file(project / "b.cpp", "#include <vector>\n#include \"c.hpp\"\n"));
  REQUIRE(write_file(project / "c.hpp", "#include \"b.cpp\"\n  #  include <cogpp/torch.hpp>\n"));
  CHECK(uses_torch(project / "b.cpp"));
  REQUIRE(write_file(project / "c.hpp", "// #include <cogpp/torch.hpp>\n"));
  CHECK_FALSE(uses_torch(project / "b.cpp"));
}

TEST_CASE_METHOD(BuildFixture, "torch is found in an environment or as a package") {
  const fs::path package = directory.path() / "env/lib/python3.11/site-packages/torch";
  fs::create_directories(package / "lib");
  REQUIRE(write_file(package / "lib/libtorch_cpu.so", ""));
  REQUIRE(write_file(package / "version.py", "__all__ = ['a']\n__version__ = '2.11.0+cpu'\n"));
  for (const fs::path& given : {directory.path() / "env", package, package.parent_path(),
                                package / "lib", package / "lib/"}) {
    const auto torch = find_torch(given, root);
    REQUIRE(torch);
    CHECK(torch->package == package);
    CHECK(torch->version == "2.11.0+cpu");
  }
  const auto missing = find_torch({}, root);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("--torch DIR") != std::string::npos);
  CHECK(find_torch(root / "nothing", root).error().message ==
        "libtorch was not found in " + (root / "nothing").string() +
            ". --torch takes a Python environment with the package torch, its folder "
            "site-packages, or site-packages/torch");
}
