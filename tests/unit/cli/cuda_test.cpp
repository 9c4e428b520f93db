// CUDA of a Python project, by the tables of cog-cli §5.
#include "cli/dockerfile/cuda.hpp"

#include <catch2/catch_test_macros.hpp>
#include <string>

using cogpp::cli::choose_cuda;
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
  CHECK(with_torch_index(own, "") == own);
}
