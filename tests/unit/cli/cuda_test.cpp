// CUDA of a Python project, by the tables of cog-cli §5.
#include "cli/dockerfile/cuda.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "cli/dockerfile/cog_base.hpp"

using cogpp::cli::choose_cuda;
using cogpp::cli::cog_base_tag;
using cogpp::cli::CogBaseChoice;
using cogpp::cli::cuda_image;
using cogpp::cli::with_torch_index;
using cogpp::schema::BuildConfig;

namespace {

std::string image_for(const std::string& requirements, const BuildConfig& build = {}) {
  const auto choice = choose_cuda(build, requirements);
  if (!choice) return choice.error().message;
  const auto image = cuda_image(*choice);
  return image ? *image : image.error().message;
}

}  // namespace

TEST_CASE("the framework chooses CUDA, without one it is 11.8") {
  CHECK(image_for("") == "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04");
  CHECK(image_for("torch==2.11.0\n") == "nvidia/cuda:13.0.2-cudnn-devel-ubuntu24.04");
  CHECK(image_for("numpy\ntorch>=2.0,<3\n") == "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04");
  CHECK(image_for("torch==2.7.0+cu126\n") == "nvidia/cuda:12.6.3-cudnn-devel-ubuntu24.04");
  CHECK(image_for("tensorflow==2.16.1\n") == "nvidia/cuda:12.3.2-cudnn9-devel-ubuntu22.04");
  CHECK(image_for("torchvision==0.24.0\n") == "nvidia/cuda:11.8.0-cudnn8-devel-ubuntu22.04");
}

TEST_CASE("a range counts as its first version, with a warning") {
  const auto choice = choose_cuda({}, "numpy\ntorch>=2.0,<3\n");
  REQUIRE(choice);
  REQUIRE(choice->warnings.size() == 1);
  CHECK(choice->warnings[0] ==
        "CUDA 11.8 is chosen for torch 2.0, the first version that the requirements name, but "
        "another one may be installed. Pin it (torch==VERSION) or set build.cuda in cog.yaml");
  CHECK(choose_cuda({}, "tensorflow>=2.16\n")->warnings.size() == 1);
  CHECK(choose_cuda({}, "torch==2.0.1\n")->warnings.empty());
  BuildConfig build;
  build.cuda = "11.8";
  CHECK(choose_cuda(build, "torch>=2.0\n")->warnings.empty());
}

TEST_CASE("build.cuda wins, and is doubted where the tables know better") {
  BuildConfig build;
  build.cuda = "12.1";
  const auto choice = choose_cuda(build, "torch==2.11.0\n");
  REQUIRE(choice);
  CHECK(choice->cuda == "12.1");
  REQUIRE(choice->warnings.size() == 2);
  CHECK(choice->warnings[1] == "Try 13.0 instead?");
  build.cuda = "12.6.3";
  CHECK(image_for("", build) == "nvidia/cuda:12.6.3-cudnn-devel-ubuntu24.04");
}

TEST_CASE("what cannot be chosen says why") {
  BuildConfig build;
  CHECK(image_for("torch\n") == "torch version must be specified when using CUDA");
  CHECK(image_for("torch==1.2.0\n").find("compatible with torch==1.2.0") != std::string::npos);
  build.cuda = "12.4";
  CHECK(image_for("tensorflow==2.12.0\n", build) ==
        "TensorFlow 2.12.0 is incompatible with CUDA 12.4: TensorFlow 2.12.0 requires CUDA 11.8");
  build.cuda = "19.9";
  CHECK(image_for("", build) == "CUDA 19.9 is not supported by cogpp");
  build.cuda = "11.8";
  build.cudnn = "9";
  CHECK(image_for("", build) ==
        "the specified CUDA version 11.8 is not compatible with CuDNN 9.\n"
        "Compatible CuDNN versions are: 8");
}

TEST_CASE("a pinned torch gets the index that has its wheels") {
  const std::string index = "--extra-index-url https://download.pytorch.org/whl/";
  CHECK(with_torch_index("torch==2.3.0\n", "") == index + "cpu/\ntorch==2.3.0\n");
  CHECK(with_torch_index("torch==2.6.0\n", "12.5") == index + "cu124/\ntorch==2.6.0\n");
  CHECK(with_torch_index("torch>=2\n", "") == "torch>=2\n");
  CHECK(with_torch_index("numpy==2\n", "") == "numpy==2\n");
  const std::string own = "--extra-index-url https://own.example/\ntorch==2.3.0\n";
  CHECK(with_torch_index(own, "") == index + "cpu/\n" + own);
  const std::string variant = "--index-url=https://own.example/\ntorch==2.1.0+cu118\n";
  CHECK(with_torch_index(variant, "12.1") == index + "cu121/\n" + variant);
  const std::string folder = "--find-links https://own.example/\ntorch==2.6.0\n";
  CHECK(with_torch_index(folder, "12.4") == index + "cu124/\n" + folder);
}

TEST_CASE("of a variant of torch the index has the only one") {
  CHECK(with_torch_index("torch==2.9.1+cu130\nnumpy==2+x\n", "13.0") ==
        "--extra-index-url https://download.pytorch.org/whl/cu130/\ntorch==2.9.1\nnumpy==2+x\n");
}

TEST_CASE("Cog's base images are named by what is in them") {
  const auto tag = [](const std::string& cuda, const std::string& python,
                      const std::string& torch) {
    const auto named = cog_base_tag({.cuda = cuda, .python = python, .torch = torch});
    return named ? *named : named.error().message;
  };
  CHECK(tag("", "3.12", "") == "python3.12");
  CHECK(tag("12.4.1", "3.12", "") == "cuda12.4-python3.12");
  CHECK(tag("12.4", "3.12", "2.5.1") == "cuda12.4-python3.12-torch2.5.1");
  CHECK(tag("12.4", "3.12", "2.4") == "cuda12.4-python3.12-torch2.4.1");
  CHECK(tag("", "3.14", "2.10.0") == "python3.14-torch2.10.0");
  // Without what there are no wheels of.
  CHECK(tag("12.4", "3.12", "9.9.9") == "cuda12.4-python3.12");
  CHECK(tag("", "3.13", "2.5.1") == "python3.13");
  CHECK(tag("12.4", "3.12", "2.8.0") == "cuda12.4-python3.12");
  CHECK(tag("11.6", "3.10", "1.13.0") == "cuda11.6-python3.10");
  CHECK(tag("11.2", "3.10", "") ==
        "unsupported base image configuration: CUDA: 11.2 / Python: 3.10 / Torch: (none)");
  CHECK(tag("", "3.9", "2.5.1") ==
        "unsupported base image configuration: CUDA: (none) / Python: 3.9 / Torch: (none)");
}
