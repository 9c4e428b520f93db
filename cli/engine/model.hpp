// An image with a model in it: what its labels say. Main thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/engine/engine.hpp"
#include "cli/engine/images.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Managed weights that an image wants to find; they are never in it (cog-cli §11.8).
struct ImageWeight {
  std::string name;
  std::string target;
};

struct ImageModel {
  std::string image;    ///< As the engine knows it.
  bool gpu = false;     ///< `build.gpu` of its configuration.
  bool trains = false;  ///< It can be trained.
  /// The OpenAPI document of its label. What that does not say the running server does.
  std::optional<Json> document = {};
  std::vector<std::string> command = {};      ///< CMD
  std::vector<std::string> environment = {};  ///< NAME=value
  std::vector<ImageWeight> weights = {};
};

/// Looks in the engine's store, and fetches what is not there. Fails for an image that
/// does not exist or has no model (cog-cli §3.3).
Result<ImageModel> find_model(const Engine& engine, const std::string& image, Context& context);

/// What the labels say. Pure.
Result<ImageModel> read_model(const std::string& image, const ImageInfo& info);

/// What takes the place of the image's CMD: that with further flags for its server, before
/// `--`, behind which the worker's command stands, else at the end; on the CPU with
/// `--device cpu` for what the worker was told. Empty when it is CMD as it is. Pure.
std::vector<std::string> server_command(const ImageModel& model,
                                        const std::vector<std::string>& flags, bool on_cpu);

}  // namespace cogpp::cli
