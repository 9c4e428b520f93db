// From a project to a predictor that cogpp-worker can load: compiled, or taken
// from the cache when nothing it was made of has changed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/build/description.hpp"
#include "cli/build/given_schema.hpp"
#include "cli/build/python_environment.hpp"
#include "cli/support/cache.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct BuildOptions {
  std::filesystem::path torch;   ///< `--torch`; empty: the one of tools/bootstrap.
  std::filesystem::path python;  ///< `--python`; empty: by build.python_version.
  SchemaFlag schema = {};        ///< What tells a Python predictor's types if nothing else does.
};

/// How a worker loads a predictor.
struct Loading {
  std::filesystem::path program = {};  ///< Empty: cogpp-worker.
  /// --library, and --model with --tensors; -m cogpp_worker for Python.
  std::vector<std::string> arguments = {};
  /// NAME=value. The library for model files was linked with the build host's libtorch;
  /// LD_LIBRARY_PATH leads it to this machine's.
  std::vector<std::string> environment = {};
};

struct Predictor {
  Loading loading;
  Description description;
  std::string key;    ///< Digest of everything it was made of.
  CacheUse use = {};  ///< Of its compiled library.
  /// What the worker says of it, for parse_description(). Empty for Python.
  std::string description_text = {};
  /// Of a Python predictor. It must be made before the worker starts.
  std::optional<PythonEnvironment> environment = {};

  const schema::Signature& signature() const { return description.signature; }
};

/// The library that the worker is told to load; empty for Python.
std::filesystem::path predictor_library(const Predictor& predictor);

/// The text of the document that is built into an image or printed by `cogpp schema`.
std::string openapi_text(const Project& project, const Description& description);

/// What the worker refuses in the section `tensors` of a model file's project, which need
/// not be there yet. Empty: nothing, or without libtorch it cannot tell.
std::string tensors_problem(const Project& project, const BuildOptions& options, Context& context);

/// Compiles if need be, with the compiler's messages on standard error as it wrote
/// them, and asks the worker for the signature, which is kept beside the library. Of a
/// Python project only the sources are read (python_project.hpp).
Result<Predictor> build_predictor(const Project& project, const BuildOptions& options,
                                  Context& context);

}  // namespace cogpp::cli
