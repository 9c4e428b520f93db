// What predict and train do alike: a server of their own for one request.
#pragma once

#include <string>
#include <vector>

#include "cli/commands/launch.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/prediction_call.hpp"

namespace cogpp::cli {

/// One request to a server that is started for it.
struct Job {
  std::string path = "/predictions";
  std::string progress = "Running prediction";
  std::string body = {};                           ///< The request's JSON text.
  PredictionCall::ChunkReceiver live = {};         ///< Shows pieces as they come.
  std::vector<std::string> server_arguments = {};  ///< Beside the usual ones.
};

/// The body of a request with these inputs. With `replicate_token` its context has
/// $REPLICATE_API_TOKEN; fails when that is not set.
Result<std::string> request_body(Json inputs, bool replicate_token = false);

/// Shows chunks as they come, where a person is watching; else empty.
PredictionCall::ChunkReceiver live_receiver(const schema::Signature& signature,
                                            const OutputPlan& plan);

/// The end of a prediction whose chunks have been shown: the line's end, the logs that were
/// not shown, or the failure.
Status finish_live(const CallOutcome& outcome, const schema::Signature& signature,
                   Context& context);

/// Prepares the worker, starts the server, waits until it is ready, asks it and ends it.
/// Logs go to standard error.
Result<CallOutcome> run_job(const Launch& launch, const RunOptions& options, const Job& job,
                            Context& context);

/// The prediction's logs, where they have not been shown: a server may not write them to
/// standard error here.
void show_logs(const CallOutcome& outcome, Context& context);

}  // namespace cogpp::cli
