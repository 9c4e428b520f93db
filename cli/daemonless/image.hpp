// A project's image computed on this machine, without an engine and without running
// anything in it: the predictor is compiled here, and everything becomes layers on a base.
// Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/build/native.hpp"
#include "cli/daemonless/base.hpp"
#include "cli/dockerfile/image_options.hpp"
#include "cli/support/files.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

/// An error that says why the project cannot be built without an engine, if so.
Status check_daemonless(const Project& project);

struct ComputedLayer {
  Content tar;
  std::string created_by;
  bool large = false;  ///< Not to be read twice.
  /// Of a large one, what its bytes were made of, file by file: equal keys mean equal bytes.
  /// Empty when that cannot be told yet.
  std::string key = {};
};

/// All but the layers' digests, which whoever takes them away finds out. The files are
/// read then, so they must stay as they are until it is done.
struct ComputedImage {
  std::string name;
  ImageConfig config;
  std::vector<ComputedLayer> layers;  ///< libtorch, cogpp, weights, predictor, code, schema.
  CacheUse use = {};                  ///< Of the predictor's library.
  Descriptor lock = Descriptor();     ///< The project's, where a compiled model was unpacked.
};

/// Compiles and describes the predictor, selects files, makes labels. The same project on
/// the same base gives the same bytes, wherever they go.
Result<ComputedImage> compute_image(const Project& project, const ImageOptions& options,
                                    const BuildOptions& build, const DaemonlessBase& base,
                                    Context& context);

/// Takes the layers where they go, and says what each is there.
using TakeLayers = std::function<Result<std::vector<Blob>>(const std::vector<ComputedLayer>&)>;

/// The image of the base's layers and the computed ones.
Result<Image> finish_image(const ComputedImage& computed, const DaemonlessBase& base,
                           const TakeLayers& take);

}  // namespace cogpp::cli
