#include "cli/commands/image_run.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "cli/commands/gpu.hpp"
#include "cli/commands/job.hpp"
#include "cli/commands/launch.hpp"
#include "cli/engine/owner.hpp"
#include "schema/openapi_reader.hpp"

// The image's server writes its logs as JSON, so that LogRelay shows what the model wrote
// as it wrote it; Cog's own command shows the server's lines (cog-cli §8).
namespace cogpp::cli {
namespace {

constexpr std::chrono::seconds kSchemaTimeout{10};

Result<schema::Signature> signature_of_server(const Endpoint& endpoint, const std::string& path) {
  const Result<HttpReply> reply = HttpClient(endpoint).get("/openapi.json", kSchemaTimeout);
  if (!reply) return reply.error().within("/openapi.json");
  const Result<Json> document = parse_json(reply->body);
  if (!document) return document.error().within("/openapi.json");
  return schema::signature_of(*document, path);
}

/// The request, once the model's inputs are known.
struct Prepared {
  schema::Signature signature;
  std::string body;
};

Result<Prepared> prepare_request(Result<schema::Signature> signature, const ImageRequest& request) {
  if (!signature) return signature.error();
  Result<Json> inputs = read_inputs(*signature, request.inputs);
  if (!inputs) return inputs.error();
  Result<std::string> body = request_body(std::move(*inputs), request.replicate_token);
  if (!body) return body.error();
  return Prepared{std::move(*signature), std::move(*body)};
}

Result<Container> start_container(const ImageRun& run, const RunOptions& options,
                                  const ImageRequest& request, Context& context) {
  Result<ContainerPlan> plan = container_plan(run, options, request.server_flags);
  if (!plan) return plan.error();
  plan->ports = {PortMapping{}};  // any free one, of this machine alone
  if (context.console.debugging()) plan->environment.emplace_back("COG_LOG_LEVEL=debug");
  context.console.info("");
  context.console.info("Starting Docker image and running setup()...");
  return Container::start(run.engine, *plan, Container::Logs::kRelay, context);
}

Result<CallOutcome> ask_container(Container& container, const Endpoint& endpoint,
                                  const ImageRequest& request, const std::string& body,
                                  const PredictionCall::ChunkReceiver& live, Context& context) {
  context.console.info(request.announcement);
  context.console.info("");
  Result<PredictionCall> call = PredictionCall::start(endpoint, request.path, body, live);
  if (!call) return call.error();
  if (const Status done = container.relay_until_readable(call->done_fd()); !done) {
    return done.error();
  }
  Result<CallOutcome> outcome = call->result();
  if (outcome && !container.showed_prediction_logs()) show_logs(*outcome, context);
  return outcome;
}

}  // namespace

Status check_container_flags(const RunOptions& run, const ContainerOptions& container) {
  if (container.image.empty()) {
    if (!container.gpus.empty()) {
      return Error{"--gpus is for an image; a project's sources run with --device"};
    }
    if (!container.engine.empty()) return Error{"--engine is for an image; none is run here"};
    return {};
  }
  if (container.image.find('=') != std::string::npos) {
    return Error{"Invalid image name '" + container.image + "'. Did you forget `-i`?"};
  }
  const std::string rest =
      " is for a project's sources, and the image " + container.image + " is to be run";
  if (!run.device.empty()) return Error{"--device" + rest + "; its GPUs are chosen with --gpus"};
  if (!run.weights.empty()) return Error{"--weights" + rest};
  if (!run.build.torch.empty()) return Error{"--torch" + rest};
  if (!run.build.python.empty()) return Error{"--python" + rest};
  return check_gpus(container.gpus);
}

Result<Engine> prepare_engine(const ContainerOptions& options, Context& context) {
  Result<Engine> engine = find_engine(options.engine, EngineUse::kRun, context);
  if (engine) remove_abandoned_containers(*engine, context);
  return engine;
}

Result<std::string> choose_gpus(const std::string& given, bool wanted, const std::string& what,
                                Context& context) {
  if (given == "none" || (given.empty() && !wanted)) return std::string();
  if (engine_is_local()) {
    const GpuState gpu = probe_gpu(context);
    if (!gpu.devices) {
      const std::string asks =
          given.empty() ? what + " wants a GPU (gpu: true)" : "--gpus " + given;
      return Error{asks + ", but this machine has " + gpu.absence() +
                   ". Install the NVIDIA driver, or run on the CPU with --gpus none"};
    }
  }
  return given.empty() ? std::string("all") : given;
}

Result<ImageRun> prepare_image(const ContainerOptions& options, Context& context) {
  Result<Engine> engine = prepare_engine(options, context);
  if (!engine) return engine.error();
  Result<ImageModel> model = find_model(*engine, options.image, context);
  if (!model) return model.error();
  Result<std::string> gpus =
      choose_gpus(options.gpus, model->gpu, "image " + options.image, context);
  if (!gpus) return gpus.error();
  return ImageRun{std::move(*engine), std::move(*model), std::move(*gpus)};
}

Status check_trains(const ImageRun& run) {
  if (run.model.trains) return {};
  return Error{"image " + run.model.image + ": its model has no training (train: in cog.yaml)"};
}

Result<ContainerPlan> container_plan(const ImageRun& run, const RunOptions& options,
                                     const std::vector<std::string>& server_flags) {
  Result<std::vector<std::string>> environment = expand_environment(options.environment);
  if (!environment) return environment.error();
  return ContainerPlan{.image = run.model.image,
                       .arguments = server_command(run.model, server_flags, run.gpus.empty()),
                       .environment = std::move(*environment),
                       .gpus = run.gpus};
}

Status run_image_request(const ImageRun& run, const RunOptions& options,
                         const ImageRequest& request, Context& context) {
  const Result<OutputPlan> output = OutputPlan::create(request.output, context.console);
  if (!output) return output.error();
  std::optional<Result<Prepared>> prepared;
  if (run.model.document && schema::lists_inputs(*run.model.document, request.path)) {
    prepared = prepare_request(schema::signature_of(*run.model.document, request.path), request);
    if (!*prepared) return prepared->error();
  }
  Result<Container> container = start_container(run, options, request, context);
  if (!container) return container.error();
  const Result<Endpoint> endpoint =
      container->wait_until_ready(std::chrono::seconds(options.setup_timeout));
  if (!endpoint) return endpoint.error();
  if (!prepared) prepared = prepare_request(signature_of_server(*endpoint, request.path), request);
  if (!*prepared) return prepared->error();
  const schema::Signature& signature = (*prepared)->signature;
  const PredictionCall::ChunkReceiver live = live_receiver(signature, *output);
  const Result<CallOutcome> outcome =
      ask_container(*container, *endpoint, request, (*prepared)->body, live, context);
  if (!outcome) return outcome.error();
  if (outcome->status != 200) return reply_error(*outcome, request.path);
  if (live) return finish_live(outcome->response, signature);
  return output->write(outcome->response, signature, context.console);
}

}  // namespace cogpp::cli
