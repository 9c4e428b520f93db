#include "cli/commands/job.hpp"

#include <unistd.h>

#include <utility>

#include "cli/support/server_process.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"
#include "schema/json_members.hpp"

// The server lives as long as run_job(); its end is its destructor's business.
namespace cogpp::cli {
namespace {

/// Time for an interrupted prediction to end; less than ServerProcess waits.
constexpr const char* kDrainSeconds = "1";

}  // namespace

Result<std::string> request_body(Json inputs, bool replicate_token) {
  Json request = {{"context", Json::object()}};
  if (replicate_token) {
    const std::string token = environment_variable("REPLICATE_API_TOKEN");
    if (token.empty()) {
      return Error{
          "Failed to find REPLICATE_API_TOKEN in the current environment when called "
          "with --use-replicate-token"};
    }
    request["context"]["replicate_api_token"] = token;
  }
  request["input"] = std::move(inputs);
  return to_text(request);
}

PredictionCall::ChunkReceiver live_receiver(const schema::Signature& signature,
                                            const OutputPlan& plan) {
  const bool stream = signature.streaming && signature.mode != schema::OutputMode::kValue &&
                      signature.output.kind != schema::Kind::kPath;
  if (!stream || !plan.live_allowed() || ::isatty(STDOUT_FILENO) != 1) return nullptr;
  const bool concatenate = signature.mode == schema::OutputMode::kConcatenate;
  return [concatenate](const Json& chunk) {
    const std::string text = chunk.is_string() ? chunk.get<std::string>() : to_text(chunk);
    // The end of the line, in finish_live(), tells a terminal that is gone.
    static_cast<void>(print(concatenate ? text : text + "\n"));
  };
}

Status finish_live(const CallOutcome& outcome, const schema::Signature& signature,
                   Context& context) {
  const bool line = signature.mode == schema::OutputMode::kConcatenate;
  const Status printed = line ? print("\n") : Status{};
  show_logs(outcome, context);
  const Json& response = outcome.response;
  const std::string status = response.value("status", "failed");
  if (status == "succeeded") return printed;
  return Error{"Prediction failed with status \"" + status +
               "\": " + response.value("error", std::string())};
}

void show_logs(const CallOutcome& outcome, Context& context) {
  const std::string logs = text_member(outcome.response, "logs");
  context.console.raw(std::string(unshown_logs(logs, outcome.logs_shown)));
}

Result<CallOutcome> run_job(const Launch& launch, const RunOptions& options, const Job& job,
                            Context& context) {
  const Result<CacheUse> environment = prepare_worker(launch, context);
  if (!environment) return environment.error();
  ServerPlan plan = plan_of(launch, options);
  plan.server_arguments = {"--host",          "127.0.0.1",  "--port",       "0",
                           "--concurrency",   "1",          "--log-format", "json",
                           "--drain-timeout", kDrainSeconds};
  append(plan.server_arguments, job.server_arguments);
  append(plan.server_arguments, schema_arguments(launch));
  context.console.progress("Starting the model");
  Result<ServerProcess> server = ServerProcess::start(plan, context);
  if (!server) return server.error();
  const Result<Endpoint> endpoint = server->wait_until_listening();
  if (!endpoint) return endpoint.error();
  const std::chrono::seconds timeout(options.setup_timeout);
  if (const Status ready = server->wait_until_ready(timeout); !ready) return ready.error();

  Result<PredictionCall> call = PredictionCall::start(*endpoint, job.path, job.body, {job.live});
  if (!call) return call.error();
  if (!job.live) context.console.progress(job.progress);
  const Status done = server->relay_until_readable(call->done_fd());
  context.console.end_progress();
  if (!done) return done.error();
  Result<CallOutcome> outcome = call->result();
  if (!outcome) return outcome;
  outcome->logs_shown = server->end_prediction();
  if (!job.live) show_logs(*outcome, context);
  return outcome;
}

}  // namespace cogpp::cli
