#include "cli/commands/image_run.hpp"

#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/commands/gpu.hpp"
#include "cli/commands/image_weights.hpp"
#include "cli/commands/job.hpp"
#include "cli/commands/launch.hpp"
#include "cli/engine/owner.hpp"
#include "cli/support/environment.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"
#include "schema/json_members.hpp"
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

Result<Container> start_container(const ImageRun& run, const RunOptions& options,
                                  const ImageRequest& request, Context& context) {
  ContainerPlan plan = container_plan(run, options, request.server_flags);
  // Any free one; of this machine alone, where the engine is here.
  plan.ports = {PortMapping{.host = engine_is_local(run.engine) ? "127.0.0.1" : "0.0.0.0"}};
  plan.environment =
      log_environment(std::move(plan.environment), request.path, context.console.debugging());
  context.console.info("");
  context.console.info("Starting Docker image and running setup()...");
  return Container::start(run.engine, plan, Container::Logs::kRelay, context);
}

Result<CallOutcome> ask_container(Container& container, const Endpoint& endpoint,
                                  const ImageRequest& request, const std::string& body,
                                  const PredictionCall::ChunkReceiver& live, Context& context) {
  context.console.info(request.announcement);
  context.console.info("");
  Result<PredictionCall> call = PredictionCall::start(endpoint, request.path, body, {live});
  if (!call) return call.error();
  if (const Status done = container.relay_until_readable(call->done_fd()); !done) {
    return done.error();
  }
  Result<CallOutcome> outcome = call->result();
  if (!outcome) return outcome;
  outcome->logs_shown = container.end_prediction(text_member(outcome->response, "logs"));
  if (!live) show_logs(*outcome, context);
  return outcome;
}

/// A flag about how the image of the sources is made; null: none was given.
const char* given_build_flag(const ImageOptions& build) {
  if (!build.base.empty()) return "--base";
  if (!build.dockerfile.empty()) return "--dockerfile";
  if (!build.secrets.empty()) return "--secret";
  if (build.cog_base_image) return "--use-cog-base-image";
  if (build.cuda_base_image != ImageOptions().cuda_base_image) return "--use-cuda-base-image";
  return nullptr;
}

/// A flag about this machine; null: none was given.
const char* given_native_flag(const RunOptions& run) {
  if (!run.device.empty()) return "--device";
  if (!run.weights.empty()) return "--weights";
  if (!run.build.torch.empty()) return "--torch";
  if (!run.build.python.empty()) return "--python";
  return nullptr;
}

Status check_without_container(const ContainerOptions& container) {
  const std::string here = "; without one a project's sources run on this machine";
  if (!container.gpus.empty()) {
    return Error{"--gpus is for an image or --docker" + here + ", with --device"};
  }
  if (!container.engine.empty()) return Error{"--engine is for an image or --docker" + here};
  if (const char* flag = given_build_flag(container.build)) {
    return Error{std::string(flag) + " is for --docker" + here};
  }
  return {};
}

Status check_with_image(const ContainerOptions& container) {
  if (container.image.find('=') != std::string::npos) {
    return Error{"Invalid image name '" + container.image + "'. Did you forget `-i`?"};
  }
  const char* flag = container.docker ? "--docker" : given_build_flag(container.build);
  if (flag == nullptr) return {};
  return Error{std::string(flag) + " is for a project's sources, and the image " + container.image +
               " is to be run"};
}

/// The variables of `-e` as the engine is to be told them: a name alone stays one, so that no
/// list of processes shows its value. One that this machine does not have is left out; the engine
/// would take it from the image.
std::vector<std::string> variables_for_engine(std::vector<std::string> given) {
  std::erase_if(given, [](const std::string& variable) {
    return variable.find('=') == std::string::npos && std::getenv(variable.c_str()) == nullptr;
  });
  return given;
}

/// The token that the container's server asks for, as far as flags and image say it. This
/// machine's environment does not count: it is not the container's.
std::string server_token(const ImageModel& model, const std::vector<std::string>& environment) {
  if (const std::string* given = find_variable(environment, kTokenVariable)) {
    return given_value(*given);
  }
  const std::string* own = find_variable(model.environment, kTokenVariable);
  return own == nullptr ? std::string() : std::string(variable_value(*own));
}

}  // namespace

Status check_container_flags(const RunOptions& run, const ContainerOptions& container) {
  if (!container.used()) return check_without_container(container);
  if (!container.image.empty()) {
    if (const Status valid = check_with_image(container); !valid) return valid;
  }
  if (const char* flag = given_native_flag(run)) {
    return Error{std::string(flag) + " is for this machine, and a container is to run" +
                 (run.device.empty() ? "" : "; its GPUs are chosen with --gpus")};
  }
  if (const auto valid = expand_environment(run.environment); !valid) return valid.error();
  if (container.docker) {
    if (Status valid = check_image_options(container.build, run.project); !valid) return valid;
  }
  return check_gpus(container.gpus);
}

Result<Engine> prepare_engine(const ContainerOptions& options, Context& context) {
  const EngineUse use = options.docker ? EngineUse::kBuildAndRun : EngineUse::kRun;
  Result<Engine> engine = find_engine(options.engine, use, context);
  if (engine) remove_abandoned_containers(*engine, context);
  return engine;
}

Result<std::string> choose_gpus(const std::string& given, bool wanted, const std::string& what,
                                const Engine& engine, Context& context) {
  if (given == "none" || (given.empty() && !wanted)) return std::string();
  if (engine_is_local(engine)) {
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

Result<ImageRun> find_image(const ContainerOptions& options, Context& context) {
  ImageRun run;
  Result<Engine> engine = prepare_engine(options, context);
  if (!engine) return engine.error();
  run.engine = std::move(*engine);
  Result<ImageModel> model = find_model(run.engine, options.image, context);
  if (!model) return model.error();
  run.model = std::move(*model);
  Result<std::string> gpus =
      choose_gpus(options.gpus, run.model.gpu, "image " + options.image, run.engine, context);
  if (!gpus) return gpus.error();
  run.gpus = std::move(*gpus);
  return run;
}

Result<ImageRun> prepare_image(const ContainerOptions& options, const ProjectChoice& choice,
                               Context& context) {
  Result<ImageRun> run = find_image(options, context);
  if (!run) return run;
  const Status mounted = mount_image_weights(*run, choice, context);
  return mounted ? std::move(run) : mounted.error();
}

Status check_trains(const ImageRun& run) {
  if (run.model.trains) return {};
  return Error{"image " + run.model.image + ": its model has no training (train: in cog.yaml)"};
}

ContainerPlan container_plan(const ImageRun& run, const RunOptions& options,
                             const std::vector<std::string>& server_flags) {
  std::vector<std::string> environment = run.environment;
  append(environment, variables_for_engine(options.environment));
  std::string token = server_token(run.model, environment);
  return ContainerPlan{.image = run.model.image,
                       .arguments = server_command(run.model, server_flags, run.gpus.empty()),
                       .environment = std::move(environment),
                       .token = std::move(token),
                       .mounts = run.mounts,
                       .gpus = run.gpus,
                       .user = run.user};
}

void give_token(const ImageModel& model, ContainerPlan& plan) {
  const std::string token = environment_variable(kTokenVariable);
  if (token.empty() || find_variable(plan.environment, kTokenVariable) != nullptr) return;
  // An image has what cog.yaml says, which counts before this machine's also natively.
  if (find_variable(model.environment, kTokenVariable) != nullptr) return;
  // By its name alone, so that no list of processes shows it.
  plan.environment.insert(plan.environment.begin(), kTokenVariable);
  plan.token = token;
}

Result<PreparedRequest> prepare_request(Result<schema::Signature> signature,
                                        const ImageRequest& request) {
  if (!signature) return signature.error();
  Result<Json> inputs = read_inputs(*signature, request.inputs);
  if (!inputs) return inputs.error();
  Result<std::string> body = request_body(std::move(*inputs), request.replicate_token);
  if (!body) return body.error();
  return PreparedRequest{std::move(*signature), std::move(*body)};
}

std::vector<std::string> log_rules() {
  const char* rules = std::getenv("RUST_LOG");
  if (rules == nullptr) return {};
  return {std::string("RUST_LOG=") + rules};
}

std::vector<std::string> log_environment(std::vector<std::string> given, const std::string& path,
                                         bool debugging) {
  const std::vector<std::string> rules =
      path == "/trainings" ? std::vector<std::string>() : log_rules();
  if (rules.empty() && !debugging) {
    given.insert(given.begin(), std::string("RUST_LOG=") + kModelLogs);
  }
  append(given, rules);
  given.push_back(std::string("COG_LOG_LEVEL=") + (debugging ? "debug" : "warning"));
  return given;
}

Status run_image_request(const ImageRun& run, const RunOptions& options,
                         const ImageRequest& request, Context& context) {
  std::optional<Result<PreparedRequest>> prepared;
  if (request.prepared) {
    prepared = *request.prepared;
  } else if (run.model.document && schema::lists_inputs(*run.model.document, request.path)) {
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
  const PredictionCall::ChunkReceiver live = live_receiver(signature, request.output);
  const Result<CallOutcome> outcome =
      ask_container(*container, *endpoint, request, (*prepared)->body, live, context);
  if (!outcome) return outcome.error();
  if (outcome->status != 200) return reply_error(*outcome, request.path);
  if (live) return finish_live(*outcome, signature, context);
  return request.output.write(outcome->response, signature, context.console);
}

}  // namespace cogpp::cli
