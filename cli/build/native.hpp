// From a project to a predictor that cogpp-worker can load: compiled, or taken
// from the cache when nothing it was made of has changed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

struct BuildOptions {
  std::filesystem::path torch;  ///< `--torch`; empty: the one of tools/bootstrap.
};

/// How `cogpp-worker` loads a predictor.
struct Loading {
  std::vector<std::string> arguments;  ///< --library, and --model with --tensors.
  /// NAME=value. The library for model files was linked with the build host's libtorch;
  /// LD_LIBRARY_PATH leads it to this machine's.
  std::vector<std::string> environment = {};
};

struct Predictor {
  Loading loading;
  schema::Signature signature;
  std::string key;  ///< Digest of everything it was made of.
};

/// Compiles if need be, with the compiler's messages on standard error as it wrote
/// them, and asks the worker for the signature, which is kept beside the library.
Result<Predictor> build_predictor(const Project& project, const BuildOptions& options,
                                  Context& context);

}  // namespace cogpp::cli
