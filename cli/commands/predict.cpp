// cogpp predict: build, check the input, find or start a server, ask it, write the
// answer. The input is checked before anything is started (cog-cli §3.3).
#include <optional>

#include "cli/commands/commands.hpp"
#include "cli/commands/image_run.hpp"
#include "cli/commands/job.hpp"
#include "cli/commands/source_run.hpp"
#include "cli/support/environment.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/support/serve_state.hpp"

namespace cogpp::cli {
namespace {

constexpr int kAtCapacity = 409;
constexpr int kNotReady = 503;

Status check_arguments(const PredictOptions& options) {
  if (options.inputs.json && !options.inputs.pairs.empty()) {
    return Error{"Must use one of --json or --input to provide model inputs"};
  }
  if (options.own_server && options.container.used()) {
    return Error{"--own-server is for this machine; a container always has a server of its own"};
  }
  return check_container_flags(options.run, options.container);
}

/// Asks a server that another `cogpp serve` runs. No value: it has not begun the prediction,
/// so that another one may.
Result<std::optional<CallOutcome>> ask_running_server(const Launch& launch, const std::string& body,
                                                      const PredictionCall::ChunkReceiver& live,
                                                      Context& context) {
  std::optional<Endpoint> endpoint = find_server(state_directory(launch.project), launch.key);
  if (!endpoint) return std::optional<CallOutcome>();
  endpoint->token = variable_of(launch.environment, kTokenVariable);
  context.console.debug("Using the server on port " + std::to_string(endpoint->port));
  // Nothing is drawn beside a stream, so that the call's thread may write.
  const PredictionCall::Receivers receivers{
      .chunk = live, .log = [&](const std::string& text) { context.console.raw(text); }};
  Result<PredictionCall> call = PredictionCall::start(*endpoint, "/predictions", body, receivers);
  if (!call) return call.error();
  if (!live) context.console.progress("Running prediction");
  if (const Status done = wait_readable(call->done_fd(), context); !done) return done.error();
  context.console.end_progress();
  Result<CallOutcome> outcome = call->result();
  if (!outcome && outcome.error() != not_connected()) {
    return outcome.error().within("the prediction was lost with the running " + program_name() +
                                  " serve");
  }
  if (!outcome || outcome->status == kAtCapacity || outcome->status == kNotReady) {
    context.console.debug("The running server cannot take the prediction; starting another one");
    return std::optional<CallOutcome>();
  }
  if (!live) show_logs(*outcome, context);
  return std::optional<CallOutcome>(std::move(*outcome));
}

Result<CallOutcome> ask(const Launch& launch, const PredictOptions& options,
                        const std::string& body, const PredictionCall::ChunkReceiver& live,
                        Context& context) {
  if (!options.own_server) {
    Result<std::optional<CallOutcome>> answer = ask_running_server(launch, body, live, context);
    if (!answer) return answer.error();
    if (*answer) return std::move(**answer);
  }
  return run_job(launch, options.run, {.body = body, .live = live}, context);
}

Status predict_in_container(const PredictOptions& options, Context& context) {
  const Result<OutputPlan> output = OutputPlan::create(options.output, context.console);
  if (!output) return output.error();
  ImageRequest request{
      .inputs = options.inputs, .output = *output, .replicate_token = options.replicate_token};
  if (options.container.docker) {
    const Result<Project> project = open_project(options.run.project, context.console);
    if (!project) return project.error();
    if (const Status predicts = check_predicts(*project); !predicts) return predicts;
    return run_source_request(*project, options.run, options.container, std::move(request),
                              context);
  }
  const Result<ImageRun> run = prepare_image(options.container, options.run.project, context);
  if (!run) return run.error();
  return run_image_request(*run, options.run, request, context);
}

}  // namespace

Status run_predict(const PredictOptions& options, Context& context) {
  if (const Status valid = check_arguments(options); !valid) return valid;
  if (options.container.used()) return predict_in_container(options, context);
  const Result<Launch> launch = prepare_launch(options.run, context);
  if (!launch) return launch.error();
  if (const Status predicts = check_predicts(launch->project); !predicts) return predicts;
  const schema::Signature& signature = launch->predictor.signature();
  Result<Json> inputs = read_inputs(signature, options.inputs);
  if (!inputs) return inputs.error();
  const Result<OutputPlan> output = OutputPlan::create(options.output, context.console);
  if (!output) return output.error();

  const PredictionCall::ChunkReceiver live = live_receiver(signature, *output);
  const Result<std::string> body = request_body(std::move(*inputs), options.replicate_token);
  if (!body) return body.error();
  const Result<CallOutcome> outcome = ask(*launch, options, *body, live, context);
  if (!outcome) return outcome.error();
  if (outcome->status != 200) return reply_error(*outcome, "/predictions");
  if (live) return finish_live(*outcome, signature, context);
  return output->write(outcome->response, signature, context.console);
}

}  // namespace cogpp::cli
