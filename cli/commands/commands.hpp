// The commands, one file each. All run on the main thread; an Error is shown by
// main() and makes the exit status 1 (cog-cli §1.1).
#pragma once

#include "cli/commands/options.hpp"
#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Writes a project that predicts at once into the current directory; existing
/// files stay as they are.
Status run_init(const InitOptions& options, Context& context);

/// One prediction, by a running `cogpp serve` of the same project or a server of its own.
Status run_predict(const PredictOptions& options, Context& context);

/// One training, by a server of its own in training mode.
Status run_train(const TrainOptions& options, Context& context);

/// Becomes the command, in the project's environment; returns only when that fails.
Status run_exec(const ExecOptions& options, Context& context);

/// Serves the project in the foreground until a signal.
Status run_serve(const ServeOptions& options, Context& context);

/// Builds the project's image with a container engine.
Status run_build(const BuildImageOptions& options, Context& context);

/// Prints the Dockerfile of that image.
Status run_debug(const BuildImageOptions& options, Context& context);

/// Puts the compiled predictor and its signature into a folder.
Status run_compile(const CompileOptions& options, Context& context);

/// Pushes an image to a registry.
Status run_push(const PushOptions& options, Context& context);

/// Imports, pulls or shows managed weights.
Status run_weights(const WeightsOptions& options, Context& context);

/// Asks for credentials of a registry, checks and stores them.
Status run_login(const LoginOptions& options, Context& context);

/// Prints the OpenAPI document.
Status run_schema(const SchemaOptions& options, Context& context);

/// Looks for what would make the other commands fail, and says how to mend it.
Status run_doctor(const DoctorOptions& options, Context& context);

Status run_version(const VersionOptions& options, Context& context);

}  // namespace cogpp::cli
