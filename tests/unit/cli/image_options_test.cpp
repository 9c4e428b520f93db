// Flags of cogpp build that are wrong by themselves.
#include "cli/dockerfile/image_options.hpp"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "cli/support/files.hpp"

using cogpp::cli::check_image_options;
using cogpp::cli::given_base;
using cogpp::cli::ImageOptions;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::write_file;
namespace fs = std::filesystem;

namespace {

std::string refusal(const ImageOptions& options) {
  const auto status = check_image_options(options, {});
  return status ? std::string() : status.error().message;
}

std::string refused_secret(const std::string& secret) {
  ImageOptions options;
  options.secrets = {secret};
  const std::string message = refusal(options);
  const std::string prefix = "--secret " + secret + ": ";
  return message.starts_with(prefix) ? message.substr(prefix.size()) : message;
}

}  // namespace

TEST_CASE("an image has one base") {
  ImageOptions options;
  CHECK(refusal(options).empty());
  options.cog_base_image = false;
  CHECK(refusal(options).empty());
  options.cuda_base_image = "true";
  CHECK(refusal(options) ==
        "The flags --use-cog-base-image and --use-cuda-base-image are mutually exclusive: you can "
        "only set one of them.");
  options.cog_base_image.reset();
  options.dockerfile = "Dockerfile";
  CHECK(refusal(options) ==
        "The flags --use-cuda-base-image and --dockerfile are mutually exclusive: you can only set "
        "one of them.");
}

TEST_CASE("a progress that no builder knows is refused") {
  ImageOptions options;
  for (const char* good : {"", "auto", "none", "tty", "plain", "quiet", "rawjson"}) {
    options.progress = good;
    CHECK(refusal(options).empty());
  }
  options.progress = "foo";
  ::unsetenv("BUILDKIT_PROGRESS");
  CHECK(refusal(options) == "--progress foo: must be auto, tty, plain or quiet");
  ::setenv("BUILDKIT_PROGRESS", "foo", 1);
  CHECK(refusal(options) == "BUILDKIT_PROGRESS=foo: must be auto, tty, plain or quiet");
  ::unsetenv("BUILDKIT_PROGRESS");
}

TEST_CASE("a secret names itself and where it comes from") {
  ::setenv("COGPP_TEST_SECRET", "x", 1);
  for (const char* good :
       {"id=a,src=b.txt", "ID=a,source=/b", "type=env,id=a,env=COGPP_TEST_SECRET",
        "type=env,id=a,src=COGPP_TEST_SECRET", "type=env,id=COGPP_TEST_SECRET",
        "type=file,id=a,src=b=c", "id=a"}) {
    CAPTURE(good);
    CHECK(refused_secret(good).empty());
  }
  CHECK(refused_secret("a") == "invalid field \"a\" must be a key=value pair");
  CHECK(refused_secret("id=a,") == "invalid field \"\" must be a key=value pair");
  CHECK(refused_secret("id=a,type=vault") == "unsupported secret type \"vault\"");
  CHECK(refused_secret("id=a,path=x") == "unexpected key 'path' in 'path=x'");
  CHECK(refused_secret("src=x").find("id=NAME is missing") == 0);
  CHECK(refused_secret("id=a,env=") == "env= names no environment variable");
  // Each way to name a variable.
  for (const char* missing : {"id=a,env=COGPP_NOT_SET", "type=env,src=COGPP_NOT_SET,id=a",
                              "id=COGPP_NOT_SET,type=env", "type=file,id=a,env=COGPP_NOT_SET"}) {
    CAPTURE(missing);
    CHECK(refused_secret(missing) == "the environment variable COGPP_NOT_SET is not set");
  }
}

TEST_CASE("a secret's file is looked for in the project's folder, wherever one is") {
  const auto directory = *TemporaryDirectory::create(fs::temp_directory_path());
  const fs::path project = fs::canonical(directory.path());
  const fs::path before = fs::current_path();
  fs::create_directory(project / "below");
  REQUIRE(write_file(project / "cog.yaml", ""));
  REQUIRE(write_file(project / "there.txt", "x"));
  fs::current_path(project / "below");
  CHECK(refused_secret("id=a,src=there.txt").empty());
  CHECK(refused_secret("id=a,src=" + (project / "there.txt").string()).empty());
  CHECK(refused_secret("id=a,src=gone.txt") ==
        "open " + (project / "gone.txt").string() + ": no such file or directory");
  // Without a place the id is one, unless it is a variable's.
  const std::string nowhere =
      "open " + (project / "COGPP_NOT_SET").string() + ": no such file or directory";
  CHECK(refused_secret("id=COGPP_NOT_SET") == nowhere);
  CHECK(refused_secret("type=file,id=COGPP_NOT_SET,src=") == nowhere);
  CHECK(refused_secret("id=there.txt").empty());
  ::setenv("COGPP_TEST_SECRET", "x", 1);
  CHECK(refused_secret("id=COGPP_TEST_SECRET").empty());
  CHECK(refused_secret("type=file,id=a,source=below") ==
        "open " + (project / "below").string() + ": is a directory");
  fs::current_path(before);
}

TEST_CASE("--base wins over cog.yaml, whose paths are the project's") {
  cogpp::cli::Project project;
  project.directory = "/p";
  ImageOptions options;
  CHECK(given_base(project, options).empty());
  project.config.build.emplace().base_image = "ubuntu:24.04";
  CHECK(given_base(project, options) == "ubuntu:24.04");
  project.config.build->base_image = "oci:base:v1";
  CHECK(given_base(project, options) == "oci:/p/base:v1");
  project.config.build->base_image = "tar:/base.tar";
  CHECK(given_base(project, options) == "tar:/base.tar");
  options.base = "oci:other";
  CHECK(given_base(project, options) == "oci:other");
}
