// The requirements of a Python project as one text that stands for itself.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Requirements {
  std::string text;      ///< A line each, for pip; nested files are part of it.
  std::string identity;  ///< The text, and the content of local packages that it names.
  std::string cog;       ///< The requirement of the package cog, `cog==0.22.0`.
  std::filesystem::path cog_wheel = {};  ///< The file that it is, where it is one.
  std::vector<std::string> warnings{};

  /// Whether pip must find a hash for each package (`--hash`, `--require-hashes`).
  bool hashed() const;
};

/// Reads `build.python_requirements` or takes `build.python_packages`. Lines for cog
/// and coglet are taken out with Cog's warning: the version is build.sdk_version
/// or $COG_SDK_WHEEL (cog-cli §4.4).
Result<Requirements> read_requirements(const Project& project);

}  // namespace cogpp::cli
