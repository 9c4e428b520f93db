// The program that builds images and runs containers: docker, podman or buildah.
//
// cogpp speaks to an engine through its command line alone. Used by the main thread.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/support/context.hpp"
#include "cli/support/process.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

enum class EngineKind { kDocker, kPodman, kBuildah };

/// What a command wants of an engine; buildah runs no containers. kStore: images that it has.
enum class EngineUse { kStore, kBuild, kRun, kBuildAndRun };

struct Engine {
  EngineKind kind = EngineKind::kDocker;
  std::filesystem::path program;
  /// Docker's, as in $DOCKER_HOST: `unix:///run/docker.sock`, `ssh://me@far`. Only of one
  /// that is to run containers; empty: on this machine.
  std::string address = {};

  /// `program arguments…`, with what this kind needs in its environment.
  Command command(std::vector<std::string> arguments) const;
};

/// `choice` is `--engine`: a name, a program's path, or empty for the first that answers.
/// $COGPP_ENGINE stands in for an empty one. The error says what was tried, why each was
/// not taken, and what to install. A `limit` is how long each may take to answer.
Result<Engine> find_engine(const std::string& choice, EngineUse use, Context& context,
                           std::chrono::milliseconds limit = {});

/// Runs the engine to its end, or to the limit of time if there is one, and gives what it
/// wrote on standard output. The error is `what` and the engine's own words.
Result<std::string> ask_engine(const Engine& engine, std::vector<std::string> arguments,
                               const std::string& what, Context& context,
                               std::chrono::milliseconds limit = {});

}  // namespace cogpp::cli
