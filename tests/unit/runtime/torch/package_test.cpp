// Model files before they are loaded: what they are, and whether they fit the host.
#include "runtime/torch/package.hpp"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include "tests/unit/runtime/torch/models.hpp"

using Catch::Matchers::ContainsSubstring;
using namespace cogpp::torch_models;  // NOLINT: the subject of this file
using cogpp::torch_tests::model;
using cogpp::torch_tests::TestFolder;

namespace {

HostFacts some_host() {
  HostFacts host;
  host.device = "cpu";
  host.machine = "x86_64";
  host.instructions = {"AVX2"};
  host.torch_version = "2.11.0";
  return host;
}

}  // namespace

TEST_CASE("files are told apart by content, not by name") {
  CHECK(recognise(model("mixer.pt")).value() == FileKind::kScript);
  CHECK(recognise(model("mixer.pt2")).value() == FileKind::kPackage);
  CHECK(recognise(model("exported.pt2")).value() == FileKind::kExportedProgram);
  CHECK(recognise(model("weights.pt")).value() == FileKind::kStateDict);
}

TEST_CASE("a missing, a foreign and a truncated file are errors with the file's name") {
  const TestFolder folder;
  CHECK_THAT(recognise(folder / "none.pt").error().message,
             ContainsSubstring("none.pt' does not exist"));
  std::ofstream(folder / "text.pt") << "this is no model";
  CHECK_THAT(recognise(folder / "text.pt").error().message,
             ContainsSubstring("text.pt' is not a model"));
  std::filesystem::copy_file(model("mixer.pt2"), folder / "cut.pt2");
  std::filesystem::resize_file(folder / "cut.pt2", 5000);
  CHECK_THAT(recognise(folder / "cut.pt2").error().message,
             ContainsSubstring("cut.pt2' is not a model"));
}

TEST_CASE("a package carries its metadata, readable without loading it") {
  const auto package = Package::open(model("mixer.pt2"));
  REQUIRE(package.ok());
  CHECK(package->metadata().at("AOTI_DEVICE_KEY") == "cpu");
  CHECK(check_metadata(package->metadata(), host_facts("cpu")).ok());
}

TEST_CASE("differences are named with both sides") {
  const auto refusal = [](const std::map<std::string, std::string>& metadata,
                          const HostFacts& host) {
    const auto status = check_metadata(metadata, host);
    REQUIRE(!status.ok());
    return status.error().message;
  };
  CHECK_THAT(refusal({{"AOTI_PLATFORM", "win32"}}, some_host()),
             ContainsSubstring("platform win32, here it is linux"));
  CHECK_THAT(refusal({{"AOTI_MACHINE", "aarch64"}}, some_host()),
             ContainsSubstring("machine type aarch64, here it is x86_64"));
  CHECK_THAT(refusal({{"AOTI_DEVICE_KEY", "cuda"}}, some_host()),
             ContainsSubstring("device cuda, here it is cpu. Pass --device"));
  CHECK_THAT(refusal({{"AOTI_CPU_ISA", "AVX512 AVX512_VNNI"}}, some_host()),
             ContainsSubstring("with AVX512 AVX512_VNNI, this one has AVX2"));
  CHECK_THAT(refusal({{"torch_version", "2.9.1+cu130"}}, some_host()),
             ContainsSubstring("torch 2.9.1+cu130, this is libtorch 2.11.0"));
  HostFacts gpu = some_host();
  gpu.device = "cuda";
  gpu.gpu_capability = 80;
  gpu.gpu_name = "NVIDIA A100";
  CHECK_THAT(refusal({{"AOTI_DEVICE_KEY", "cuda"}, {"AOTI_COMPUTE_CAPABILITY", "90"}}, gpu),
             ContainsSubstring("sm_90, this GPU (NVIDIA A100) is sm_80"));
}

TEST_CASE("what is not said or agrees is accepted") {
  CHECK(check_metadata({}, some_host()).ok());
  CHECK(check_metadata({{"AOTI_CPU_ISA", "AVX2"}, {"torch_version", "2.11.3"}}, some_host()).ok());
  CHECK(check_metadata({{"AOTI_CPU_ISA", "INVALID_VEC_ISA"}}, some_host()).ok());
}
