// The base images of C++ predictors and model files, and the image out of which those of
// Python projects take cogpp: made once from Dockerfile.gpu and this cogpp's own prefix.
#pragma once

#include <string>

#include "cli/build/torch_location.hpp"
#include "cli/engine/engine.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What a base holds beside cogpp: its modules of Python and nothing else, nothing, or a
/// libtorch; the argument DEVICE of Dockerfile.gpu.
enum class BaseVariant { kPython, kNone, kCpu, kCuda, kCudaSlim };

/// The CUDA of the libtorch that Dockerfile.gpu takes.
inline constexpr const char* kTorchCuda = "13.0";

/// `none` unless the predictor is Python or links libtorch; `slim` counts with a GPU alone.
BaseVariant base_variant(const Project& project, bool torch, bool slim);

struct BaseImage {
  BaseVariant variant = BaseVariant::kNone;
  std::string base;                ///< The slim image that it begins with.
  std::string runtime;             ///< `cogpp-base:0.1.0-cpu-<digest>`
  std::string compiler;            ///< The same with a compiler; not of kPython.
  Installation installation = {};  ///< The installed cogpp that goes into them.

  /// What the variant holds; empty where it holds none.
  std::string libtorch() const { return variant > BaseVariant::kNone ? kTorchVersion : ""; }
  std::string cuda() const { return variant >= BaseVariant::kCuda ? kTorchCuda : ""; }
};

/// The slim image of the distribution that this cogpp was built on.
std::string distribution_image();

/// The prefix with the libraries that its programs need. A build tree's take theirs from all
/// over this machine; it is installed into the cache, once for each state of the programs.
Result<Installation> installed_prefix(Context& context);

/// The names, by the content of the prefix: another cogpp gets images of its own. `base`:
/// the slim image to begin with; empty: the distribution that this cogpp was built on. A
/// build tree is installed into the cache first. The error says when that fails, and when
/// the prefix lacks what the variant needs.
Result<BaseImage> name_base_image(BaseVariant variant, const std::string& base, Context& context);

/// Builds what the engine does not have yet; `compiler` where the compiler's image is
/// wanted, too.
Status make_base_image(const Engine& engine, const BaseImage& image, bool compiler,
                       const std::string& progress, Context& context);

}  // namespace cogpp::cli
