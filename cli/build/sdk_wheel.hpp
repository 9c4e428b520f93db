// The package cog that $COG_SDK_WHEEL names, in place of the one of build.sdk_version
// (cog-cli §6.4).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

struct SdkWheel {
  std::string requirement;     ///< For pip: `cog`, `cog==0.22.0`, a URL or the file.
  std::filesystem::path file;  ///< On this machine, absolute; empty: the index or a URL.
};

/// `pypi`, `pypi:VERSION`, a URL, a wheel, a folder with one wheel `cog-*.whl`, or `dist`, the
/// folder of that name. Nothing when the variable is not set. The error names the variable.
Result<std::optional<SdkWheel>> given_sdk_wheel();

}  // namespace cogpp::cli
