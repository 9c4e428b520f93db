// What predict, train, serve and exec do with --docker: an image of all that the project
// needs but its files, and these mounted at /src of the container (cog-cli §8). Main thread.
#pragma once

#include "cli/commands/image_run.hpp"
#include "cli/commands/options.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Whether the image holds the predictor, compiled, or only what its project needs.
enum class SourceImage { kModel, kEnvironment };

/// Finds the engine, checks GPUs and weights.lock, builds the image. C++ is compiled by the
/// image's own compiler with the image's own libraries.
Result<ImageRun> prepare_sources(const Project& project, const ContainerOptions& options,
                                 SourceImage wanted, Context& context);

/// Says which command a container of the sources runs.
void tell_command(const std::vector<std::string>& words, Console& console);

/// One request to a container of the sources. Inputs of a Python project are checked before
/// anything is built, others before the container is started.
Status run_source_request(const Project& project, const RunOptions& options,
                          const ContainerOptions& container, ImageRequest request,
                          Context& context);

}  // namespace cogpp::cli
