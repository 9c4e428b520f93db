// cogpp train: one training, by a server in training mode (cog-cli §3.4). Its output is
// written to `weights` unless -o says otherwise.
#include "cli/commands/commands.hpp"
#include "cli/commands/image_run.hpp"
#include "cli/commands/job.hpp"
#include "cli/commands/source_run.hpp"

namespace cogpp::cli {
namespace {

Status train_in_container(const TrainOptions& options, Context& context) {
  const Result<OutputPlan> output = OutputPlan::create(options.output, context.console);
  if (!output) return output.error();
  ImageRequest request{.path = "/trainings",
                       .announcement = "Running training...",
                       .server_flags = {"--x-mode", "train"},
                       .inputs = options.inputs,
                       .output = *output};
  if (options.container.docker) {
    const Result<Project> project = open_project(options.run.project, context.console);
    if (!project) return project.error();
    return run_source_request(*project, options.run, options.container, std::move(request),
                              context);
  }
  const Result<ImageRun> run = prepare_image(options.container, options.run.project, context);
  if (!run) return run.error();
  if (const Status trains = check_trains(*run); !trains) return trains;
  return run_image_request(*run, options.run, request, context);
}

}  // namespace

Status run_train(const TrainOptions& options, Context& context) {
  if (options.inputs.json && !options.inputs.pairs.empty()) {
    return Error{"Must use one of --json or --input to provide model inputs"};
  }
  if (const Status valid = check_container_flags(options.run, options.container); !valid) {
    return valid;
  }
  if (options.container.used()) return train_in_container(options, context);
  const Result<Launch> launch = prepare_launch(options.run, context);
  if (!launch) return launch.error();
  const Status trains = check_trains(launch->project, launch->predictor.description);
  if (!trains) return trains;
  const schema::Signature& training = *launch->predictor.description.training;
  Result<Json> inputs = read_inputs(training, options.inputs);
  if (!inputs) return inputs.error();
  const Result<OutputPlan> output = OutputPlan::create(options.output, context.console);
  if (!output) return output.error();

  const Result<std::string> body = request_body(std::move(*inputs));
  if (!body) return body.error();
  const Job job{.path = "/trainings",
                .progress = "Running training",
                .body = *body,
                .server_arguments = {"--x-mode", "train"}};
  const Result<CallOutcome> outcome = run_job(*launch, options.run, job, context);
  if (!outcome) return outcome.error();
  if (outcome->status != 200) return reply_error(*outcome, job.path);
  return output->write(outcome->response, training, context.console);
}

}  // namespace cogpp::cli
