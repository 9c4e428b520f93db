// What the image of a Python project begins with and installs (cog-cli §4.4, §5).
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/dockerfile/image_options.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct PythonImage {
  std::string base;                 ///< The image's FROM.
  bool given_base = false;          ///< The user named it.
  bool cuda_base = false;           ///< It is CUDA's and has no Python yet.
  bool cog_base = false;            ///< It is Cog's own.
  std::string cuda;                 ///< "12.8"; empty without a GPU.
  std::string cudnn;                ///< "9"
  std::string cog;                  ///< The requirement of Cog's package.
  std::filesystem::path cog_wheel;  ///< The file that it is, on this machine; empty: an index's.
  std::string requirements;         ///< For pip in the image; empty: none.
  bool hashed = false;              ///< Each of them must have a hash.
  /// Files of the project that they name, with their places below `build/`.
  std::vector<std::pair<std::filesystem::path, std::filesystem::path>> artifacts;
  std::vector<std::string> warnings;
};

/// Reads the requirements and chooses; no network. Errors have Cog's texts.
Result<PythonImage> plan_python_image(const Project& project, const ImageOptions& options);

}  // namespace cogpp::cli
