// Labels and the list of parts of an image.
#include "cli/dockerfile/labels.hpp"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <sstream>
#include <string>
#include <utility>

#include "cli/dockerfile/plan.hpp"
#include "cli/dockerfile/sbom.hpp"
#include "schema/json.hpp"

using cogpp::parse_json;
using cogpp::cli::check_image_name;
using cogpp::cli::config_label;
using cogpp::cli::image_labels;
using cogpp::cli::image_name;
using cogpp::cli::ImageFacts;
using cogpp::cli::label_instructions;
using cogpp::cli::PredictorKind;
using cogpp::cli::Project;
using cogpp::cli::sbom_parts;
using cogpp::cli::sbom_text;
using cogpp::cli::SbomSource;

namespace {

Project labelled_project() {
  Project project;
  project.directory = "/home/me/My Model_2";
  project.kind = PredictorKind::kPython;
  project.config.build.emplace();
  project.config.build->python_version = "3.12";
  project.config.run = "predict.py:Predictor";
  return project;
}

std::size_t longest_line(const std::string& text) {
  std::size_t longest = 0;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) longest = std::max(longest, line.size());
  return longest;
}

std::string label(const cogpp::cli::Labels& labels, const std::string& name) {
  const auto found = std::find_if(labels.begin(), labels.end(),
                                  [&](const auto& entry) { return entry.first == name; });
  return found == labels.end() ? "(none)" : found->second;
}

}  // namespace

TEST_CASE("the configuration is Cog's: its keys, its order, nothing that is empty") {
  Project project = labelled_project();
  CHECK(config_label(project, {}) ==
        R"({"build":{"python_version":"3.12"},"predict":"predict.py:Predictor"})");
  project.gpu = project.config.build->gpu = true;
  project.config.build->system_packages = {"ffmpeg"};
  project.config.build->run = {
      {.command = "echo <a>", .mounts = {{.type = "secret", .id = "x", .target = "/x"}}}};
  project.config.image = "r8.im/me/model";
  project.config.train = "train.py:train";
  project.config.environment = {"A=1"};
  ImageFacts facts;
  facts.cuda = "12.8";
  facts.cudnn = "9";
  facts.concurrency = 4;
  CHECK(config_label(project, facts) ==
        R"({"build":{"gpu":true,"python_version":"3.12","run":[{"command":"echo <a>","mounts":[)"
        R"({"type":"secret","id":"x","target":"/x"}]}],"system_packages":["ffmpeg"],)"
        R"("cuda":"12.8","cudnn":"9"},"image":"r8.im/me/model","predict":"predict.py:Predictor",)"
        R"("train":"train.py:train","concurrency":{"max":4},"environment":["A=1"]})");
}

TEST_CASE("weights keep the form of their source") {
  Project project = labelled_project();
  project.config.weights = {{.name = "one",
                             .target = "/src/one",
                             .sources = {{.uri = "file://one", .include = {"*"}, .exclude = {}}},
                             .listed = false},
                            {.name = "two",
                             .target = "/src/two",
                             .sources = {{.uri = "file://two", .include = {}, .exclude = {}}},
                             .listed = true}};
  const std::string text = config_label(project, {});
  CHECK(text.find(R"("source":{"uri":"file://one","include":["*"]}})") != std::string::npos);
  CHECK(text.find(R"("source":[{"uri":"file://two"}]})") != std::string::npos);
}

TEST_CASE("labels are Cog's and our own") {
  ImageFacts facts;
  facts.openapi = "{}";
  facts.pip_freeze = "cog==0.22.0\n";
  facts.libtorch = "2.11.0";
  const auto labels = image_labels(labelled_project(), facts);
  CHECK(label(labels, "run.cog.version") == "0.22.0");
  CHECK(label(labels, "run.cog.has_init") == "true");
  CHECK(label(labels, "run.cog.openapi_schema") == "{}");
  CHECK(label(labels, "run.cog.pip_freeze") == "cog==0.22.0\n");
  CHECK(label(labels, "run.cogpp.predictor") == "python");
  CHECK(label(labels, "run.cogpp.device") == "cpu");
  CHECK(label(labels, "run.cogpp.libtorch") == "2.11.0");
  CHECK(label(labels, "run.cogpp.cuda") == "(none)");
  CHECK(std::is_sorted(labels.begin(), labels.end()));
  CHECK(label(labels, "run.cogpp.base") == "(none)");
  facts.base = "python:3.12-slim";
  const auto based = image_labels(labelled_project(), facts);
  CHECK(label(based, "run.cogpp.base") == "python:3.12-slim");
  CHECK(label(based, "run.cog.cog-base-image-name") == "(none)");
  facts.base_layers = {"sha256:a", "sha256:b"};
  const auto told = image_labels(labelled_project(), facts);
  CHECK(label(told, "run.cog.cog-base-image-name") == "python:3.12-slim");
  CHECK(label(told, "run.cog.cog-base-image-last-layer-sha") == "sha256:b");
  CHECK(label(told, "run.cog.cog-base-image-last-layer-idx") == "1");
  CHECK(std::is_sorted(told.begin(), told.end()));
  facts.openapi.clear();
  CHECK(label(image_labels(labelled_project(), facts), "run.cog.openapi_schema") == "(none)");
}

TEST_CASE("a folder's name that makes none for an image is refused") {
  Project project = labelled_project();
  cogpp::cli::ImageOptions options;
  CHECK(check_image_name(project, options));
  for (const auto& [folder, name] :
       {std::pair("/p/模型", "cog-"), std::pair("/p/my-", "cog-my-")}) {
    project.directory = folder;
    CHECK(check_image_name(project, options).error().message ==
          std::string("the folder ") + folder + " makes \"" + name +
              "\", which is no name of an image: name it with -t");
  }
  options.tag = "model:1";
  CHECK(check_image_name(project, options));
}

TEST_CASE("an image's name: the flag, image, model, else the folder's") {
  Project project = labelled_project();
  CHECK(image_name(project, {}) == "cog-my-model2");
  project.directory = "/p/cog-a-very-long-name-of-a-folder";
  CHECK(image_name(project, {}) == "cog-a-very-long-name-of-a-");
  project.config.model = "me/bundle";
  CHECK(image_name(project, {}) == "me/bundle");
  project.config.image = "me/model:v1";
  CHECK(image_name(project, {}) == "me/model:v1");
  cogpp::cli::ImageOptions options;
  options.tag = "other";
  CHECK(image_name(project, options) == "other");
}

TEST_CASE("the list of parts names each package where it is known") {
  const SbomSource source{.image = "me/model",
                          .distribution = "ubuntu",
                          .packages = "libc6\t2.36-9+deb12u10\nzstd\t1:1.5.4\n",
                          .pip_freeze = "numpy==2.0.0\nmine @ file:///tmp/mine.whl\n# a comment\n",
                          .libtorch = "2.11.0",
                          .created = 315532800};
  const auto parts = sbom_parts(source);
  REQUIRE(parts.size() == 6);
  CHECK(parts[0].name == "cogpp");
  CHECK(parts[1].locator == "pkg:deb/ubuntu/libc6@2.36-9%2Bdeb12u10");
  CHECK(parts[2].name == "libtorch");
  CHECK(parts[3].version == "file:///tmp/mine.whl");
  CHECK(parts[4].locator == "pkg:pypi/numpy@2.0.0");
  CHECK(parts[5].locator == "pkg:deb/ubuntu/zstd@1%3A1.5.4");
  const auto document = parse_json(sbom_text(source));
  REQUIRE(document);
  CHECK((*document)["spdxVersion"] == "SPDX-2.3");
  CHECK((*document)["creationInfo"]["created"] == "1980-01-01T00:00:00Z");
  CHECK((*document)["packages"].size() == 7);
  CHECK((*document)["relationships"].size() == 7);
  const std::string id = (*document)["packages"][1]["SPDXID"];
  CHECK(id.starts_with("SPDXRef-0-cogpp-"));
  CHECK(sbom_text(source) == sbom_text(source));
}

TEST_CASE("labels of any length are lines of a Dockerfile") {
  CHECK(label_instructions({{"a", "say \"$HOME\" \\ 'x' # y"}, {"b", "1\n2\n"}, {"c", ""}}) ==
        "ARG COGPP_LINE_BREAK\n"
        "LABEL a=\"say \\\"\\$HOME\\\" \\\\ 'x' # y\"\n"
        "LABEL b=\"1${COGPP_LINE_BREAK}2${COGPP_LINE_BREAK}\"\n"
        "LABEL c=\"\"\n");
  // Pieces are whole characters and whole escapes.
  std::string value;
  for (int i = 0; i < 5000; ++i) value += "\"ä\\$";
  std::string text = label_instructions({{"a", value}});
  CHECK(longest_line(text) < 4200);
  const std::string between = "\"\\\n\"";
  while (text.find(between) != std::string::npos) {
    text.erase(text.find(between), between.size());
  }
  std::string escaped;
  for (int i = 0; i < 5000; ++i) escaped += "\\\"ä\\\\\\$";
  CHECK(text == "ARG COGPP_LINE_BREAK\nLABEL a=\"" + escaped + "\"\n");
}
