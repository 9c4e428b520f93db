// cog.yaml as a Dockerfile (cog-cli §6): pure text, which `cogpp debug` prints and the
// engine builds.
//
// Its build context is what BuildContext lays out (staging.hpp). Stages: `compile` (C++ and
// model files), `model` the image, `metadata` what the CLI reads back from it; the last
// stage adds what the CLI made of that.
#pragma once

#include <cstddef>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/project.hpp"

namespace cogpp::cli {

/// Where the image keeps what cogpp made of the project.
inline constexpr const char* kModelDirectory = "/opt/model";
/// The prefix of cogpp, and the folder of libtorch, in the base images.
inline constexpr const char* kImagePrefix = "/opt/cogpp";
inline constexpr const char* kImageTorch = "/opt/torch";
/// The stage that is the image but for what is added in the end.
inline constexpr const char* kModelStage = "model";
/// The stage whose files describe the image, and those files.
inline constexpr const char* kMetadataStage = "metadata";
inline constexpr const char* kSignatureFile = "signature.json";
inline constexpr const char* kPackagesFile = "packages.tsv";
inline constexpr const char* kDistributionFile = "distribution.txt";  ///< ID of os-release.
inline constexpr const char* kFreezeFile = "pip_freeze.txt";

struct DockerfilePlan {
  std::string base;             ///< The image's FROM.
  std::string cogpp_base;       ///< Has cogpp in kImagePrefix; C++ and model files begin with it.
  std::string compiler;         ///< cogpp_base with a compiler; of C++ and model files.
  bool torch = false;           ///< The predictor links libtorch.
  bool ca_certificate = false;  ///< `build/cog-ca-cert.crt` is to be trusted.
  bool requirements = false;    ///< `build/requirements.txt` is to be installed.
  bool hashed = false;          ///< Each of them must have a hash.
  bool local_packages = false;  ///< `build/local_package_artifacts/` belong to them.
  bool cuda_base = false;       ///< Python: the base is CUDA's and has no Python yet.
  bool cog_base = false;        ///< Python: the base is Cog's and has what all images begin with.
  std::string cuda = {};        ///< Of a Python project with a GPU.
  std::string cog = "cog";      ///< The requirement of Cog's package.
  std::string cog_wheel = {};   ///< A wheel in `build/` that it is, by name; empty: an index's.
  bool strip = false;           ///< Python packages lose their symbols.
  bool precompile = false;      ///< Python packages get their compiled files.
  std::size_t weights = 0;      ///< How many folders `weights/N/` there are.
  bool source = true;           ///< False: the project will be mounted over /src.
  bool predictor = true;        ///< False: no predictor is compiled.
  int concurrency = 1;          ///< Of cog.yaml or the predictor's decorator.
  std::optional<std::time_t> time = {};  ///< Of all files, where one was given.
  /// An image that the user's own Dockerfile has made, in place of the stage `model`.
  std::string given_image = {};
};

std::string dockerfile_text(const Project& project, const DockerfilePlan& plan);

/// The start command of a C++ predictor's or model file's image.
std::vector<std::string> native_command(const Project& project);

}  // namespace cogpp::cli
