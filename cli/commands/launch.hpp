// What predict and serve do alike: read the project, build the predictor, and make
// the plan of its server.
#pragma once

#include <string>
#include <vector>

#include "cli/build/native.hpp"
#include "cli/commands/options.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "cli/support/server_process.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Launch {
  Project project;
  Predictor predictor;
  std::string device;
  std::vector<std::string> environment;  ///< NAME=value
  std::string key;                       ///< serve_state's key
};

/// Fails, too, where weights.lock does not say what cog.yaml asks for (cog-cli §11.4).
Result<Launch> prepare_launch(const RunOptions& options, Context& context);

/// Fails for a project that can only be trained.
Status check_predicts(const Project& project);

/// What is said of a project that cannot be trained.
Error no_training(const Project& project);

/// Fails for a project that has no training, or whose document does not tell of it.
Status check_trains(const Project& project, const Description& description);

/// What must be there before the worker starts: a Python predictor's environment, which
/// stays for as long as the result lives. May install packages; a prediction by a running
/// server does without.
Result<CacheUse> prepare_worker(const Launch& launch, Context& context);

/// For a server of a predictor that the user's document describes: `--schema-file FILE`.
std::vector<std::string> schema_arguments(const Launch& launch);

/// Worker and project are filled in; the caller adds the server's own arguments.
ServerPlan plan_of(const Launch& launch, const RunOptions& options);

/// `cuda` for `build.gpu: true`, else `cpu`; what the user asked for comes first.
std::string choose_device(const std::string& asked, bool gpu);

/// `NAME=value` as it is; `NAME` with this process's value, if it has one.
Result<std::vector<std::string>> expand_environment(const std::vector<std::string>& variables);

}  // namespace cogpp::cli
