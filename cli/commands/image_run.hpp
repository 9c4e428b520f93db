// What predict, train, serve and exec do alike with an image: find an engine and the
// model, decide about GPUs, make the plan of the container, run one request in it.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/options.hpp"
#include "cli/engine/containers.hpp"
#include "cli/engine/engine.hpp"
#include "cli/engine/model.hpp"
#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct ImageRun {
  Engine engine;
  ImageModel model;
  std::string gpus;  ///< For the engine; empty: none.
};

/// Fails for flags that only go with a project's sources (`--device`, `--weights`, …), or,
/// without an image, with an image alone (`--gpus`, `--engine`).
Status check_container_flags(const RunOptions& run, const ContainerOptions& container);

/// An engine that runs containers. Containers that earlier cogpps left behind are removed.
Result<Engine> prepare_engine(const ContainerOptions& options, Context& context);

/// Finds engine, image and model. A model that wants a GPU is refused at once on a machine
/// that has none.
Result<ImageRun> prepare_image(const ContainerOptions& options, Context& context);

/// Fails for an image whose model has no training.
Status check_trains(const ImageRun& run);

/// What `--gpus` means for a model; the error of a missing GPU names `what`.
Result<std::string> choose_gpus(const std::string& given, bool wanted, const std::string& what,
                                Context& context);

/// Image, environment, GPUs and, with flags for its server, the command.
Result<ContainerPlan> container_plan(const ImageRun& run, const RunOptions& options,
                                     const std::vector<std::string>& server_flags);

/// One request to a container that is started for it.
struct ImageRequest {
  std::string path = "/predictions";
  std::string announcement = "Running prediction...";
  std::vector<std::string> server_flags = {};
  const InputArguments& inputs;
  const OutputOptions& output;
  bool replicate_token = false;
};

/// Checks the inputs (against the image's label, else by the running server), asks, writes
/// the output. The container is gone when it returns.
Status run_image_request(const ImageRun& run, const RunOptions& options,
                         const ImageRequest& request, Context& context);

}  // namespace cogpp::cli
