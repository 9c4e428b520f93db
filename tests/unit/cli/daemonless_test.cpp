// Images without an engine, as far as nothing is compiled: what is refused, what becomes of
// the base's configuration, which layers are remembered.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/daemonless/configuration.hpp"
#include "cli/daemonless/image.hpp"
#include "cli/daemonless/layer_memory.hpp"
#include "cli/dockerfile/dockerfile.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "schema/json.hpp"

using cogpp::parse_json;
using cogpp::cli::check_daemonless;
using cogpp::cli::ComputedImage;
using cogpp::cli::ComputedLayer;
using cogpp::cli::Content;
using cogpp::cli::DaemonlessBase;
using cogpp::cli::Digest;
using cogpp::cli::finish_image;
using cogpp::cli::has_home;
using cogpp::cli::image_configuration;
using cogpp::cli::ImageConfig;
using cogpp::cli::LayerMemory;
using cogpp::cli::make_blob;
using cogpp::cli::make_image;
using cogpp::cli::native_command;
using cogpp::cli::PredictorKind;
using cogpp::cli::Project;
using cogpp::cli::settled_identity;
using cogpp::cli::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

Project project_with(const cogpp::schema::BuildConfig& build) {
  Project project;
  project.source = "predict.cpp";
  project.config.build = build;
  return project;
}

std::string refusal(const Project& project) {
  const auto checked = check_daemonless(project);
  return checked ? "" : checked.error().message;
}

cogpp::Json config_of(const ImageConfig& config) { return (*parse_json(config.text()))["config"]; }

ImageConfig config_with(const std::string& members) {
  return *ImageConfig::parse(R"({"os":"linux","architecture":"amd64","config":{)" + members +
                                 R"(},"rootfs":{"type":"layers","diff_ids":[]}})",
                             "base");
}

}  // namespace

TEST_CASE("what needs a running system is refused with its reason") {
  using cogpp::schema::BuildConfig;
  CHECK(refusal(project_with({})).empty());
  Project plain = project_with({});
  plain.config.build.reset();
  plain.kind = PredictorKind::kModelFile;
  CHECK(refusal(plain).empty());
  plain.kind = PredictorKind::kPython;
  CHECK(refusal(plain).find("the package cog") != std::string::npos);
  BuildConfig build;
  const auto names = [&](const std::string& key) {
    const std::string text = refusal(project_with(build));
    CHECK(text.find("build." + key) != std::string::npos);
    CHECK(text.find("cogpp build -t NAME") != std::string::npos);
  };
  build.python_requirements = "requirements.txt";
  names("python_requirements");
  build.python_packages = {"numpy"};
  names("python_packages");
  build.system_packages = {"jq"};
  names("system_packages");
  build.pre_install = {"true"};
  names("pre_install");
  build.run = {{.command = "make", .mounts = {}}};
  names("run");
}

TEST_CASE("a plain base gets what Dockerfile.gpu gives its images") {
  Project project = project_with({});
  project.environment = {"A=1"};
  project.concurrency = 3;
  const ImageConfig base = config_with(R"("Env":["PATH=/bin"])");
  CHECK_FALSE(has_home(base));
  const auto config = config_of(image_configuration(base, project, {{"name", "value"}}, true));
  CHECK(config["Env"] ==
        cogpp::Json({"PATH=/opt/cogpp/bin:/bin", "LD_LIBRARY_PATH=/opt/torch/torch/lib",
                     "HOME=/home/cogpp", "A=1", "COG_MAX_CONCURRENCY=3"}));
  CHECK(config["Cmd"] == cogpp::Json(native_command(project)));
  CHECK(config["User"] == "1000:1000");
  CHECK(config["WorkingDir"] == "/src");
  CHECK(config["Labels"]["name"] == "value");
  CHECK(config["ExposedPorts"].contains("5000/tcp"));
  CHECK_FALSE(config.contains("Entrypoint"));
  // The recipe has the same check, its quotes and backslashes escaped once more.
  const std::string recipe = *cogpp::cli::read_file(COGPP_SOURCE "/Dockerfile.gpu");
  const std::string line = recipe.substr(recipe.find("HEALTHCHECK"));
  const std::string list = line.substr(line.find('['), line.find('\n') - line.find('['));
  const auto command = parse_json(list);
  REQUIRE(command);
  CHECK(std::equal(command->begin(), command->end(), config["Healthcheck"]["Test"].begin() + 1));
  CHECK(config["Healthcheck"]["StartPeriod"] == 600'000'000'000);
}

TEST_CASE("a base of Dockerfile.gpu keeps what it has") {
  const ImageConfig base = config_with(
      R"("Entrypoint":["/usr/bin/tini","--"],"Healthcheck":{"Test":["NONE"]},)"
      R"("Env":["HOME=/root","PATH=/x:/opt/cogpp/bin","LD_LIBRARY_PATH=/opt/torch/torch/lib"])");
  CHECK(has_home(base));
  const auto config = config_of(image_configuration(base, project_with({}), {}, true));
  CHECK(config["Entrypoint"] == cogpp::Json({"/usr/bin/tini", "--"}));
  CHECK(config["Healthcheck"]["Test"] == cogpp::Json({"NONE"}));
  CHECK(config["Env"] == cogpp::Json({"HOME=/root", "PATH=/x:/opt/cogpp/bin",
                                      "LD_LIBRARY_PATH=/opt/torch/torch/lib"}));
  const auto without = config_of(image_configuration(config_with(""), project_with({}), {}, false));
  CHECK(without["Env"][0] ==
        "PATH=/opt/cogpp/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:"
        "/usr/bin:/sbin:/bin");
  CHECK(without["Env"].size() == 2);
}

TEST_CASE("computed layers come on top of the base's") {
  const auto below = make_blob("base", cogpp::cli::kOciLayerGzip);
  DaemonlessBase base{
      .name = "base", .image = make_image(ImageConfig(), {below}, {}), .config = ImageConfig()};
  ComputedImage computed{.name = "model", .config = base.config, .layers = {}};
  computed.layers.push_back({.tar = Content::text("one"), .created_by = "first"});
  computed.layers.push_back({.tar = Content::text("two"), .created_by = "second"});
  const auto take = [](const std::vector<ComputedLayer>& layers) {
    std::vector<cogpp::cli::Blob> blobs;
    for (const ComputedLayer& layer : layers) {
      blobs.push_back(make_blob(*cogpp::cli::read_all(layer.tar), cogpp::cli::kOciLayer));
    }
    return cogpp::Result<std::vector<cogpp::cli::Blob>>(blobs);
  };
  const auto image = finish_image(computed, base, take);
  REQUIRE(image);
  REQUIRE(image->layers.size() == 3);
  CHECK(image->layers[0].descriptor == below.descriptor);
  CHECK(image->layers[2].descriptor.digest == Digest::of("two"));
  const auto config = parse_json(*cogpp::cli::read_all(image->config.content));
  CHECK((*config)["rootfs"]["diff_ids"] ==
        cogpp::Json({Digest::of("one").text(), Digest::of("two").text()}));
  CHECK((*config)["history"][1]["created_by"] == "second");
  CHECK(finish_image(computed, base, take)->descriptor == image->descriptor);
}

TEST_CASE("digests of layers are remembered by what made them") {
  const TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  const fs::path file = directory.path() / "deep/digests";
  LayerMemory memory = LayerMemory::load(file);
  CHECK_FALSE(memory.find("key"));
  memory.remember("key", Digest::of("layer"));
  memory.remember("", Digest::of("nothing"));
  CHECK(LayerMemory::load(file).find("key") == Digest::of("layer"));
  CHECK_FALSE(LayerMemory::load(file).find(""));
  CHECK_FALSE(LayerMemory::load(file).find("other"));
  REQUIRE(cogpp::cli::write_file(file, "damaged"));
  CHECK_FALSE(LayerMemory::load(file).find("key"));
}

TEST_CASE("a file is known by its times once they are past") {
  const TemporaryDirectory directory = *TemporaryDirectory::create(fs::temp_directory_path());
  REQUIRE(cogpp::cli::write_file(directory.path() / "new", "x"));
  CHECK(settled_identity(directory.path() / "new").empty());
  CHECK(settled_identity(directory.path() / "none").empty());
  const fs::path old = COGPP_SOURCE "/Dockerfile.gpu";
  CHECK_FALSE(settled_identity(old).empty());
  CHECK(settled_identity(old) == settled_identity(old));
  CHECK(settled_identity(old) != settled_identity(COGPP_SOURCE "/LICENSE"));
}
