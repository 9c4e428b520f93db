// The life of a worker process: load, set up, serve, end.
#pragma once

#include "runtime/worker/options.hpp"

namespace cogpp::worker {

/// Serves until the server says shutdown; returns the exit status. When the server
/// goes away the process ends in here.
int serve(const Options& options);

/// Prints the signature as JSON, with that of the training as its member `training`; 1 when the
/// predictor cannot be described.
int describe(const Options& options);

}  // namespace cogpp::worker
