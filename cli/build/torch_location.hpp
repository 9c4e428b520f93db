// Where libtorch is: a torch wheel's package directory.
#pragma once

#include <filesystem>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The release that this version of cogpp is made for.
inline constexpr const char* kTorchVersion = "2.11.0";

struct TorchLocation {
  std::filesystem::path package;  ///< …/site-packages/torch
  std::string version;            ///< "2.11.0+cu130"; empty when it cannot be told.

  std::filesystem::path libraries() const { return package / "lib"; }
};

/// Looks in `given` (a virtual environment, a site-packages folder, the package itself
/// or its `lib`) or, when that is empty, in the environment that tools/bootstrap makes in
/// `cache`. The error says where it looked and what to do.
Result<TorchLocation> find_torch(const std::filesystem::path& given,
                                 const std::filesystem::path& cache);

}  // namespace cogpp::cli
