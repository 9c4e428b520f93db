// What predict, train, serve and exec do alike with an image: find an engine and the
// model, decide about GPUs, make the plan of the container, run one request in it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/commands/options.hpp"
#include "cli/engine/containers.hpp"
#include "cli/engine/engine.hpp"
#include "cli/engine/model.hpp"
#include "cli/support/context.hpp"
#include "cli/support/outputs.hpp"
#include "cli/weights/mounts.hpp"
#include "schema/result.hpp"
#include "schema/signature.hpp"

namespace cogpp::cli {

struct ImageRun {
  Engine engine;
  ImageModel model;
  std::string gpus;  ///< For the engine; empty: none.
  std::vector<Mount> mounts = {};
  std::string user = {};                      ///< Empty: the image's.
  std::vector<std::string> environment = {};  ///< NAME=value, before the user's own.
  WeightMounts weights = {};                  ///< What of the mounts goes with the command.
};

/// Fails for flags that do not go with where the model is to run: this machine (`--device`,
/// `--weights`, …), an image (`--gpus`, `--engine`), or a container of the sources, which is
/// made first (`--base`, `--secret`, …).
Status check_container_flags(const RunOptions& run, const ContainerOptions& container);

/// An engine that runs containers, and with `--docker` builds their images. Containers that
/// earlier cogpps left behind are removed.
Result<Engine> prepare_engine(const ContainerOptions& options, Context& context);

/// Finds engine, image and model. A model that wants a GPU is refused at once on a machine
/// that has none.
Result<ImageRun> find_image(const ContainerOptions& options, Context& context);

/// The same, with the managed weights that the image wants (image_weights.hpp).
Result<ImageRun> prepare_image(const ContainerOptions& options, const ProjectChoice& choice,
                               Context& context);

/// Fails for an image whose model has no training.
Status check_trains(const ImageRun& run);

/// What `--gpus` means for a model in this engine; the error of a missing GPU names `what`.
Result<std::string> choose_gpus(const std::string& given, bool wanted, const std::string& what,
                                const Engine& engine, Context& context);

/// Image, environment, GPUs, the token that its server asks for and, with flags for the server,
/// the command. Of this machine's environment nothing gets in but what `-e` names, which
/// is valid (check_container_flags()).
ContainerPlan container_plan(const ImageRun& run, const RunOptions& options,
                             const std::vector<std::string>& server_flags);

/// Makes the container's server ask for $COGPP_AUTH_TOKEN of this machine, unless the plan's
/// environment or the image has another. Only for a server that the user means to be reached: the
/// image's code gets to know the token.
void give_token(const ImageModel& model, ContainerPlan& plan);

/// The request, once the model's inputs are known.
struct PreparedRequest {
  schema::Signature signature;
  std::string body;
};

/// One request to a container that is started for it.
struct ImageRequest {
  std::string path = "/predictions";
  std::string announcement = "Running prediction...";
  std::vector<std::string> server_flags = {};
  const InputArguments& inputs;
  const OutputPlan& output;
  bool replicate_token = false;
  /// Made from the project's sources. Without it the image's label says what the inputs
  /// are, else the running server.
  std::optional<PreparedRequest> prepared = {};
};

/// $RUST_LOG of this machine, for the server in a container; nothing where it is not set.
std::vector<std::string> log_rules();

/// The container's variables, with what a request adds to `given` (cog-cli §8): the level of
/// the server's own logs, $RUST_LOG of this machine where it predicts, and without that the
/// rules that keep the model's logs coming, unless `given` has others.
std::vector<std::string> log_environment(std::vector<std::string> given, const std::string& path,
                                         bool debugging);

/// Reads the inputs and checks them.
Result<PreparedRequest> prepare_request(Result<schema::Signature> signature,
                                        const ImageRequest& request);

/// Checks the inputs, asks, writes the output. The container is gone when it returns.
Status run_image_request(const ImageRun& run, const RunOptions& options,
                         const ImageRequest& request, Context& context);

}  // namespace cogpp::cli
