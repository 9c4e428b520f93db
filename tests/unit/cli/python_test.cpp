// Python projects: requirements as one text, versions, descriptions.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>

#include "cli/build/description.hpp"
#include "cli/build/python_interpreter.hpp"
#include "cli/build/python_requirements.hpp"
#include "cli/build/python_uv.hpp"
#include "cli/support/files.hpp"

using cogpp::Result;
using cogpp::cli::parse_description;
using cogpp::cli::pip_settings;
using cogpp::cli::PipSettings;
using cogpp::cli::Project;
using cogpp::cli::read_requirements;
using cogpp::cli::Requirements;
using cogpp::cli::serves_version;
using cogpp::cli::TemporaryDirectory;
using cogpp::cli::write_file;

namespace fs = std::filesystem;

namespace {

struct PythonProject {
  TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  Project project;

  PythonProject() { project.directory = directory.path(); }

  Requirements read(const std::string& text) {
    REQUIRE(write_file(directory.path() / "requirements.txt", text));
    project.python.requirements = "requirements.txt";
    Result<Requirements> requirements = read_requirements(project);
    INFO((requirements ? "" : requirements.error().message));
    REQUIRE(requirements);
    return *requirements;
  }
};

}  // namespace

TEST_CASE_METHOD(PythonProject, "requirements are read line by line") {
  CHECK(read("").text.empty());
  CHECK(read("# a comment\n\n  numpy==2.0  # why\r\n-e .\npandas \\\n  >=1\n").text ==
        "numpy==2.0\npandas   >=1\n");
  CHECK(read("x @ git+https://host/x#egg=x\n--extra-index-url https://host/cpu\n").text ==
        "x @ git+https://host/x#egg=x\n--extra-index-url https://host/cpu\n");
}

TEST_CASE_METHOD(PythonProject, "nested files stand in place, constraints get their path") {
  REQUIRE(write_file(directory.path() / "more.txt", "scipy\n"));
  REQUIRE(write_file(directory.path() / "limits.txt", "scipy<2\n"));
  const Requirements first = read("-r more.txt\n-climits.txt\n");
  CHECK(first.text == "scipy\n-c " + (directory.path() / "limits.txt").string() + "\n");
  REQUIRE(write_file(directory.path() / "limits.txt", "scipy<3\n"));
  const Requirements second = read("--requirement=more.txt\n--constraint limits.txt\n");
  CHECK(second.text == first.text);
  CHECK(second.identity != first.identity);
  REQUIRE(write_file(directory.path() / "more.txt", "-r requirements.txt\n"));
  const Result<Requirements> endless = read_requirements(project);
  REQUIRE_FALSE(endless);
  CHECK(endless.error().message.find("files include one another") != std::string::npos);
}

TEST_CASE_METHOD(PythonProject, "a local archive's content is part of the identity") {
  REQUIRE(write_file(directory.path() / "own.whl", "one"));
  const Requirements first = read("./own.whl\n");
  REQUIRE(write_file(directory.path() / "own.whl", "two"));
  CHECK(read("./own.whl\n").identity != first.identity);
}

TEST_CASE_METHOD(PythonProject, "a local package is known by what lies in it") {
  const fs::path package = directory.path() / "own";
  fs::create_directories(package / "own.egg-info");
  REQUIRE(write_file(package / "setup.py", "one"));
  REQUIRE(write_file(package / "module.py", "one"));
  for (const char* line : {"./own\n", "./own[extra] ; python_version > '3'\n",
                           "--find-links ./own\n", "own @ file:own#egg=own\n"}) {
    INFO(line);
    REQUIRE(write_file(package / "module.py", "one"));
    const std::string first = read(line).identity;
    REQUIRE(write_file(package / "own.egg-info/PKG-INFO", line));
    CHECK(read(line).identity == first);
    REQUIRE(write_file(package / "module.py", "two"));
    CHECK(read(line).identity != first);
  }
  // A package of the index that happens to be called as a folder.
  const std::string by_name = read("own\n").identity;
  REQUIRE(write_file(package / "module.py", "three"));
  CHECK(read("own\n").identity == by_name);
}

TEST_CASE_METHOD(PythonProject, "an editable package is known by its place and how it is built") {
  const fs::path package = directory.path() / "own";
  fs::create_directories(package);
  REQUIRE(write_file(package / "pyproject.toml", "one"));
  REQUIRE(write_file(package / "module.py", "one"));
  const std::string first = read("-e ./own\n").identity;
  REQUIRE(write_file(package / "module.py", "two"));
  CHECK(read("-e ./own\n").identity == first);
  REQUIRE(write_file(package / "pyproject.toml", "two"));
  CHECK(read("-e ./own\n").identity != first);

  // Another project with the same lines must not get a link to this one.
  PythonProject other;
  fs::create_directories(other.directory.path() / "own");
  REQUIRE(write_file(other.directory.path() / "own/pyproject.toml", "one"));
  CHECK(other.read("-e ./own\n").identity != first);

  // The project itself, once it is a package.
  CHECK(read("--editable .\n").text.empty());
  REQUIRE(write_file(directory.path() / "pyproject.toml", "x"));
  CHECK(read("--editable .\n").text == "--editable .\n");
  CHECK(read("-e git+https://host/x#egg=x\n").text == "-e git+https://host/x#egg=x\n");
}

TEST_CASE_METHOD(PythonProject, "requirements with hashes are told from others") {
  CHECK_FALSE(read("six==1.17.0\n").hashed());
  CHECK(read("six==1.17.0 \\\n    --hash=sha256:00\n").hashed());
  CHECK(read("--require-hashes\nsix==1.17.0\n").hashed());
}

TEST_CASE_METHOD(PythonProject, "cog itself is cogpp's to install") {
  const Requirements plain = read("cog==0.9\nCOGLET>=0.1\ncogent\n");
  CHECK(plain.text == "cogent\n");
  REQUIRE(plain.warnings.size() == 2);
  CHECK(plain.warnings[0].starts_with("'cog==0.9' found in requirements — overriding with cog "));
  CHECK(plain.cog == "cog==0.22.0");
  project.python.sdk_version = "0.17.1";
  CHECK(read("").cog == "cog==0.17.1");
  project.python.sdk_version = "prerelease";
  CHECK(read("").cog == "cog");
  REQUIRE(read("").warnings.size() == 1);
  CHECK(read("").warnings[0].starts_with("build.sdk_version is prerelease: the newest cog "));
  for (const char* old : {"0.16.1", "0.9.0", "0.9.0b3"}) {
    project.python.sdk_version = old;
    const Result<Requirements> refused = read_requirements(project);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message.starts_with(
        std::string("SDK version ") + old +
        " is not supported by static schema generation; use 0.17.0 or newer"));
  }
}

TEST_CASE_METHOD(PythonProject, "packages of cog.yaml are requirements, too") {
  project.python.packages = {"torch==2.3.0", "pandas"};
  const Result<Requirements> requirements = read_requirements(project);
  REQUIRE(requirements);
  CHECK(requirements->text == "torch==2.3.0\npandas\n");
}

TEST_CASE("an interpreter serves its own minor version") {
  CHECK(serves_version("3.11.7", "3.11"));
  CHECK(serves_version("3.11.7", "3.11.2"));
  CHECK_FALSE(serves_version("3.1.4", "3.11"));
  CHECK_FALSE(serves_version("3.12.0", "3.11"));
}

TEST_CASE("descriptions of workers and of sources") {
  const auto cpp = parse_description(R"({"inputs":[],"output":{"kind":"string"}})");
  REQUIRE(cpp);
  CHECK_FALSE(cpp->training);
  CHECK_FALSE(cpp->concurrency);
  const auto python = parse_description(
      R"({"inputs":[],"output":{"kind":"string"},"training":{"inputs":[{"name":"n",)"
      R"("type":{"kind":"integer"}}],"output":{"kind":"path"}},"concurrency":4,"async":true})");
  REQUIRE(python);
  REQUIRE(python->training);
  CHECK(python->training->inputs.front().name == "n");
  CHECK(python->concurrency == 4);
  CHECK(python->is_async);
  CHECK_FALSE(parse_description(R"({"inputs":[],"output":{"kind":"x"}})"));
  CHECK_FALSE(parse_description(R"({"inputs":[],"output":{"kind":"string"},"training":{}})"));
}

TEST_CASE_METHOD(PythonProject, "COG_SDK_WHEEL names another package cog") {
  struct Variable {
    explicit Variable(const std::string& value) { ::setenv("COG_SDK_WHEEL", value.c_str(), 1); }
    ~Variable() { ::unsetenv("COG_SDK_WHEEL"); }
  };
  const auto refusal = [&](const std::string& value) {
    const Variable variable(value);
    const auto read = read_requirements(project);
    return read ? std::string() : read.error().message;
  };
  project.python.sdk_version = "0.9.0";  // would be refused
  const auto cog_by = [&](const std::string& value) {
    const Variable variable(value);
    return read("").cog;
  };
  CHECK(cog_by("pypi") == "cog");
  CHECK(cog_by("pypi:0.18.0") == "cog==0.18.0");
  CHECK(cog_by("https://example.com/cog.whl") == "https://example.com/cog.whl");
  CHECK(refusal("/no/such") == "COG_SDK_WHEEL: path not found: /no/such");
  CHECK(refusal(directory.path().string()) ==
        "COG_SDK_WHEEL: no wheel matching 'cog-*.whl' found in " + directory.path().string());
  const fs::path wheel = directory.path() / "cog-1-py3-none-any.whl";
  REQUIRE(write_file(wheel, "one"));
  const Variable variable(directory.path().string());
  const Requirements first = read("six\n");
  CHECK(first.cog == wheel.string());
  CHECK(first.cog_wheel == wheel);
  REQUIRE(write_file(wheel, "two"));
  CHECK(read("six\n").identity != first.identity);
  REQUIRE(write_file(directory.path() / "cog-2-py3-none-any.whl", "x"));
  CHECK(refusal(directory.path().string()).find("COG_SDK_WHEEL: multiple wheels matching") == 0);
}

TEST_CASE("pip's settings are read as pip lists them") {
  CHECK(pip_settings("") == PipSettings::kNone);
  CHECK(pip_settings(":env:.config-file='/dev/null'\n"
                     ":env:.disable-pip-version-check='1'\n"
                     "global.default-timeout='180'\n") == PipSettings::kNone);
  for (const char* line :
       {":env:.cert='/etc/ca.pem'", "global.index-url='https://a/?pre=1'", "install.find-links='a'",
        ":env:.extra-index-url='https://a https://b'", "global.no-index='1'"}) {
    INFO(line);
    CHECK(pip_settings("global.timeout='5'\n" + std::string(line) + "\n") == PipSettings::kSources);
  }
  // uv that is told the index is not told these.
  for (const char* line :
       {":env:.constraint='limits.txt'", "install.no-binary=':all:'", "global.only-binary='numpy'",
        ":env:.pre='1'", "global.require-hashes='true'"}) {
    INFO(line);
    const std::string source = "global.index-url='https://a'\n";
    CHECK(pip_settings(line) == PipSettings::kVersions);
    CHECK(pip_settings(source + line + "\n") == PipSettings::kVersions);
    CHECK(pip_settings(line + ("\n" + source)) == PipSettings::kVersions);
  }
}

TEST_CASE("pip's settings that change no installation are none") {
  CHECK(pip_settings("list.pre='true'\ndownload.only-binary=':all:'\n") == PipSettings::kNone);
  CHECK(pip_settings(":env:.constraint=''\n:env:.index-url=''\n") == PipSettings::kNone);
  CHECK(pip_settings("global.precise='1'\nno line of it\n") == PipSettings::kNone);
}
