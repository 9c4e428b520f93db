#include "cli/dockerfile/cog_base.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "cli/dockerfile/cuda.hpp"

namespace cogpp::cli {
namespace {

struct TorchRelease {
  std::string_view minor;
  int patches;                   ///< x.y.0 to x.y.(patches - 1) exist.
  std::string_view last_python;  ///< The newest that it has wheels for, from 3.10 on.
};

/// From 1.13.1 on; which CUDA versions they have, cuda.hpp knows.
constexpr std::array kTorchReleases = {
    TorchRelease{"1.13", 2, "3.10"}, TorchRelease{"2.0", 2, "3.11"},
    TorchRelease{"2.1", 3, "3.11"},  TorchRelease{"2.2", 3, "3.12"},
    TorchRelease{"2.3", 2, "3.12"},  TorchRelease{"2.4", 2, "3.12"},
    TorchRelease{"2.5", 2, "3.12"},  TorchRelease{"2.6", 1, "3.13"},
    TorchRelease{"2.7", 2, "3.13"},  TorchRelease{"2.8", 1, "3.13"},
    TorchRelease{"2.9", 2, "3.14"},  TorchRelease{"2.10", 1, "3.14"},
    TorchRelease{"2.11", 1, "3.14"}};

/// Versions of two digits behind the dot sort as text from here on.
constexpr std::string_view kFirstPython = "3.10";
constexpr std::string_view kOldestCuda = "11.6";
constexpr std::string_view kOldestTorch = "1.13.1";

constexpr std::array<std::string_view, 27> kBasePackages = {"build-essential",
                                                            "cmake",
                                                            "curl",
                                                            "ffmpeg",
                                                            "findutils",
                                                            "g++",
                                                            "gcc",
                                                            "git",
                                                            "libavcodec-dev",
                                                            "libcairo2-dev",
                                                            "libfontconfig1",
                                                            "libgirepository1.0-dev",
                                                            "libgl1",
                                                            "libglx-mesa0",
                                                            "libglib2.0-0",
                                                            "libopencv-dev",
                                                            "libsm6",
                                                            "libsndfile1",
                                                            "libssl-dev",
                                                            "libunistring-dev",
                                                            "libxext6",
                                                            "libxrender1",
                                                            "sox",
                                                            "unzip",
                                                            "wget",
                                                            "zip",
                                                            "zstd"};

std::string first_two(const std::string& version) {
  const auto dot = version.find('.');
  return version.substr(0, dot == std::string::npos ? dot : version.find('.', dot + 1));
}

bool serves_python(const TorchRelease& release, const std::string& python) {
  return python.size() == kFirstPython.size() && python >= kFirstPython &&
         python <= release.last_python;
}

bool serves_cuda(const TorchRelease& release, const std::string& cuda) {
  if (cuda.empty()) return true;
  const std::vector<std::string> cudas = cudas_of_torch(std::string(release.minor));
  return cuda >= kOldestCuda && std::find(cudas.begin(), cudas.end(), cuda) != cudas.end();
}

/// `2.4.1` of `2.4`; empty where there is none for this CUDA and Python.
std::string torch_in_base(const CogBaseChoice& choice, const std::string& cuda) {
  for (const TorchRelease& release : kTorchReleases) {
    if (first_two(choice.torch) != release.minor || !serves_python(release, choice.python) ||
        !serves_cuda(release, cuda)) {
      continue;
    }
    for (int patch = release.patches - 1; patch >= 0; --patch) {
      const std::string version = std::string(release.minor) + "." + std::to_string(patch);
      const bool old = release.minor == kTorchReleases.front().minor && version < kOldestTorch;
      if (!old && (choice.torch == release.minor || choice.torch == version)) return version;
    }
  }
  return {};
}

}  // namespace

Result<std::string> cog_base_tag(const CogBaseChoice& choice) {
  const std::string cuda = first_two(choice.cuda);
  const auto any = [](const auto& serves) {
    return std::any_of(kTorchReleases.begin(), kTorchReleases.end(), serves);
  };
  const bool known =
      any([&](const TorchRelease& release) { return serves_python(release, choice.python); }) &&
      any([&](const TorchRelease& release) { return serves_cuda(release, cuda); });
  const std::string torch = torch_in_base(choice, cuda);
  if (!known) {
    return Error{"unsupported base image configuration: CUDA: " + (cuda.empty() ? "(none)" : cuda) +
                 " / Python: " + choice.python + " / Torch: " + (torch.empty() ? "(none)" : torch)};
  }
  return (cuda.empty() ? "" : "cuda" + cuda + "-") + "python" + choice.python +
         (torch.empty() ? "" : "-torch" + torch);
}

bool in_cog_base(const std::string& package) {
  return std::find(kBasePackages.begin(), kBasePackages.end(), package) != kBasePackages.end();
}

}  // namespace cogpp::cli
