// cogpp train: one training, by a server in training mode (cog-cli §3.4). Its output is
// written to `weights` unless -o says otherwise.
#include "cli/commands/commands.hpp"
#include "cli/commands/job.hpp"

namespace cogpp::cli {
namespace {

Error no_training(const Launch& launch) {
  if (launch.predictor.environment) {
    return Error{launch.project.file.string() +
                 " does not say what trains. Add, for example: train: train.py:train"};
  }
  return Error{launch.project.source.string() +
               " has no training. Add one beside COGPP_PREDICTOR: COGPP_TRAINER(train, ...)"};
}

}  // namespace

Status run_train(const TrainOptions& options, Context& context) {
  if (options.inputs.json && !options.inputs.pairs.empty()) {
    return Error{"Must use one of --json or --input to provide model inputs"};
  }
  const Result<Launch> launch = prepare_launch(options.run, context);
  if (!launch) return launch.error();
  const std::optional<schema::Signature>& training = launch->predictor.description.training;
  if (!training) return no_training(*launch);
  Result<Json> inputs = read_inputs(*training, options.inputs);
  if (!inputs) return inputs.error();
  const Result<OutputPlan> output = OutputPlan::create(options.output, context.console);
  if (!output) return output.error();

  const Job job{.path = "/trainings",
                .progress = "Running training",
                .body = request_body(std::move(*inputs)),
                .server_arguments = {"--x-mode", "train"}};
  const Result<CallOutcome> outcome = run_job(*launch, options.run, job, context);
  if (!outcome) return outcome.error();
  if (outcome->status != 200) return reply_error(*outcome, job.path);
  return output->write(outcome->response, *training, context.console);
}

}  // namespace cogpp::cli
