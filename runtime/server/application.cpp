// Start, wait, drain, end.
#include "runtime/server/application.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "runtime/server/client/text.hpp"
#include "runtime/server/files/files.hpp"
#include "runtime/server/files/upload.hpp"
#include "runtime/server/support/descriptors.hpp"
#include "runtime/server/support/text_file.hpp"
#include "schema/openapi.hpp"

namespace cogpp::server {
namespace {

constexpr const char* kTarget = "coglet::transport::http::server";
/// For the worker to end by itself once it has nothing to do.
constexpr std::chrono::milliseconds kWorkerPatience{2000};
/// For replies under way when the server is forced to end.
constexpr std::chrono::milliseconds kLastReplies{1000};
constexpr std::chrono::milliseconds kDrainStep{20};
/// For webhooks, once all predictions have ended; a dead receiver must not hold up the end.
constexpr std::chrono::seconds kWebhookPatience{30};
/// A slot's run, and its fetch or its uploads.
constexpr std::size_t kThreadsPerSlot = 10;

/// Connections may take all of the default; what slots need comes on top, or clients that
/// wait for a slot could keep it from ever being free.
ElasticPool::Limits pool_limits(const ServerOptions& options) {
  ElasticPool::Limits limits;
  limits.threads += kThreadsPerSlot * options.concurrency * options.replicas;
  return limits;
}

UniqueFd open_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// The next pending signal, or 0.
int take_signal(int fd) {
  signalfd_siginfo info{};
  return ::read(fd, &info, sizeof info) == static_cast<ssize_t>(sizeof info)
             ? static_cast<int>(info.ssi_signo)
             : 0;
}

}  // namespace

Result<std::unique_ptr<Application>> Application::create(ServerOptions options) {
  auto scratch = ScratchRoot::create();
  if (!scratch) return scratch.error();
  std::unique_ptr<Application> application(
      new Application(std::move(options), std::move(*scratch)));
  if (auto opened = application->open(application->options_); !opened) return opened.error();
  return application;
}

Application::Application(ServerOptions options, std::shared_ptr<ScratchRoot> scratch)
    : options_(std::move(options)),
      log_(options_.log_format, options_.log_filter),
      scratch_(std::move(scratch)),
      status_(options_.status_fd),
      signals_(open_signals()),
      slots_(options_.queue),
      health_(slots_, options_.replicas),
      history_({.count = options_.keep_finished,
                .age = options_.keep_time,
                .bytes = options_.keep_bytes}),
      time_limit_(options_.predict_timeout),
      pool_(std::make_unique<ElasticPool>(pool_limits(options_))) {}

Application::~Application() {
  // Connections first, then what they and background predictions use.
  replicas_.reset();
  http_.reset();
  pool_.reset();
  webhooks_.reset();
}

Status Application::open(const ServerOptions& options) {
  // As Cog's first line (cog-runtime §12), where its commit and time of build stand.
  log_.introduce(
      LogLevel::kInfo, "coglet",
      std::string("coglet ") + schema::kCogVersion + " (cogpp-server " + server_version() + ")");
  for (const auto& warning : options.warnings) {
    log_.introduce(LogLevel::kWarning, "coglet", warning);
  }
  const auto connections = connection_limit(
      descriptor_limit(), {.slots = options.concurrency, .replicas = options.replicas});
  if (!connections) return connections.error();
  if (*connections < kMaxConnections) {
    log_.write(LogLevel::kWarning, "coglet",
               "This process may open few files: it takes fewer connections at a time; raise "
               "the limit (ulimit -n)",
               {{"files", descriptor_limit()}, {"connections", *connections}});
  }
  auto http = HttpServer::listen({.host = options.host,
                                  .port = options.port,
                                  .max_connections = *connections,
                                  .limits = {.max_body = options.max_body}},
                                 *pool_);
  if (!http) return http.error();
  http_ = std::move(*http);
  if (options.metrics) metrics_ = std::make_unique<ServerMetrics>();
  webhooks_ = std::make_unique<Webhooks>(webhook_options(), log_);
  service_ = std::make_unique<Service>(
      Service::Parts{log_, slots_, health_, *pool_, history_, time_limit_, *webhooks_,
                     metrics_.get()},
      PredictionLimits{.log_bytes = options.max_logs,
                       .output_bytes = options.max_output,
                       .history = options.history,
                       .keep_bytes = history_.on() ? options.keep_bytes : 0},
      run_environment());
  if (options.in_kubernetes) ready_marker_.emplace(ReadyMarker::kFile, log_);
  routes_ = std::make_unique<Routes>(*service_, ready_marker_ ? &*ready_marker_ : nullptr,
                                     [this] { shutdown_.signal(); });
  door_ = std::make_unique<FrontDoor>(
      door_options(), [this](Connection& connection) { routes_->handle(connection); });
  replicas_ = std::make_unique<Replicas>(replica_options(), replica_parts());
  return {};
}

GivenDocument Application::given_document() {
  if (options_.schema_file.empty()) return std::nullopt;
  const Result<std::string> text = read_text_file(options_.schema_file);
  Result<Json> document = text ? parse_json(*text) : text.error();
  if (document) return std::make_optional(std::move(*document));
  log_.write(LogLevel::kWarning, "coglet",
             "There is no schema: inputs go to the model unchecked; build the model, or leave "
             "--schema-file out",
             {{"file", options_.schema_file}, {"error", document.error().message}});
  return std::make_optional<Json>();
}

Replicas::Options Application::replica_options() {
  return {.worker = {.command = {.arguments = options_.worker,
                                 .directory = options_.project,
                                 .slots = options_.concurrency},
                     .patience = {.cancel_grace = options_.cancel_grace},
                     .setup_timeout = options_.setup_timeout,
                     .mode = options_.mode,
                     .document = given_document()},
          .count = options_.replicas,
          .devices = options_.devices};
}

RunEnvironment Application::run_environment() {
  const FetchLimits limits{.max_bytes = options_.max_input_file,
                           .user_agent = options_.user_agent,
                           .forbid_private_addresses = options_.forbid_private_urls,
                           .trust = trust_};
  RunEnvironment environment{
      .fetch = [this, limits](const Prediction& prediction, const std::string& directory,
                              std::stop_token stop) -> Result<std::string> {
        const auto model = health_.model();
        const auto fetched =
            fetch_inputs(prediction.spec().input_tree, model->signature, directory, limits, stop);
        if (!fetched) return fetched.error();
        return to_text(*fetched);
      },
      .read_file = [most = options_.max_output](
                       const std::string& path) { return file_to_quoted_data_url(path, most); },
      .spawn = [this](std::function<void()> task) { pool_->submit(std::move(task)); },
  };
  if (options_.upload_url.empty()) return environment;
  environment.upload = [this, target = UploadTarget{.url = options_.upload_url, .trust = trust_}](
                           const Prediction& prediction, const std::string& path,
                           std::stop_token stop) -> Result<std::string> {
    auto url =
        upload_file(path, prediction.id(), target, std::move(stop), [&](const std::string& detail) {
          log_.write(LogLevel::kWarning, "coglet::upload", "Upload failed",
                     {{"prediction_id", prediction.id()}, {"error", detail}});
        });
    if (metrics_) metrics_->upload_ended(url.ok());
    if (!url) return url.error();
    return cogpp::quoted(client::to_valid_utf8(*url));
  };
  return environment;
}

WebhookOptions Application::webhook_options() {
  WebhookOptions options{.sender = {.token = options_.webhook_token,
                                    .forbid_private_addresses = options_.forbid_private_urls,
                                    .trust = trust_},
                         .interval = options_.webhook_interval};
  if (metrics_) {
    options.on_end = [this](bool completed, bool delivered) {
      metrics_->webhook_ended(completed, delivered);
    };
  }
  return options;
}

FrontDoor::Options Application::door_options() {
  // Who probes has no token, and where one is asked for no other way to see how the server is.
  FrontDoor::Options options{.probes = options_.probes || !options_.auth_token.empty(),
                             .token = std::nullopt,
                             .metrics = metrics_.get(),
                             .gauges = [this] {
                               const auto slots = slots_.counts();
                               return ServerGauges{.slots_free = slots.free,
                                                   .slots_total = slots.total,
                                                   .queued = slots.waiting,
                                                   .connections = http_->connections(),
                                                   .ready = health_.health() == Health::kReady};
                             }};
  if (!options_.auth_token.empty()) options.token.emplace(options_.auth_token);
  return options;
}

Replicas::Parts Application::replica_parts() {
  return {.log = log_,
          .slots = slots_,
          .health = health_,
          .scratch = scratch_,
          .metrics = metrics_.get(),
          .on_first_setup = [this](bool succeeded, const std::string& logs) {
            status_.setup_ended(succeeded, logs);
          }};
}

int Application::run() {
  status_.listening(options_.host, http_->port(), scratch_->path());
  // Before set-up begins, whose log it is no part of.
  log_.write(LogLevel::kInfo, kTarget,
             "Starting coglet server on " + options_.host + ":" + std::to_string(http_->port()));
  replicas_->start();
  http_->serve([this](Connection& connection) { answer(connection); },
               [this](Connection& connection) { door_->count(connection); });
  wait_for_trigger();
  log_.write(LogLevel::kInfo, kTarget, "Shutting down");
  door_->drain();
  http_->stop();
  if (const std::size_t running = service_->in_flight(); running > 0) status_.draining(running);
  if (!drain()) quit_now();
  replicas_->stop(kWorkerPatience);
  return 0;
}

// What a request meets must not end the others. No memory is the connection's own affair.
void Application::answer(Connection& connection) {
  try {
    door_->handle(connection);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    log_.write(LogLevel::kError, kTarget, "A request could not be answered",
               {{"error", error.what()}});
    connection.abandon();
  }
}

void Application::wait_for_trigger() {
  std::array<pollfd, 2> entries{pollfd{signals_.get(), POLLIN, 0},
                                pollfd{shutdown_.fd(), POLLIN, 0}};
  while (true) {
    ::poll(entries.data(), entries.size(), -1);
    if (entries[1].revents != 0) return;
    const int signal = take_signal(signals_.get());
    if (signal == SIGINT || (signal == SIGTERM && !options_.await_explicit_shutdown)) return;
  }
}

// Waits for running work. False: the time is over, or a second signal came.
bool Application::drain() {
  const auto deadline = std::chrono::steady_clock::now() + options_.drain_timeout;
  while (true) {
    const auto now = std::chrono::steady_clock::now();
    const auto step = std::min(deadline, now + kDrainStep);
    if (http_->wait_closed(step) && service_->wait_idle(step)) {
      webhooks_->hurry(std::min(deadline, now + kWebhookPatience));
      if (webhooks_->wait_idle(step)) return true;
    }
    if (const int signal = take_signal(signals_.get());
        signal == SIGINT || (signal == SIGTERM && !options_.await_explicit_shutdown)) {
      log_.write(LogLevel::kWarning, kTarget, "Second signal: ending without waiting");
      return false;
    }
    if (now >= deadline) {
      log_.write(LogLevel::kWarning, kTarget,
                 "Work is still running after --drain-timeout: ending without it");
      return false;
    }
  }
}

// Fails what is running, and leaves without waiting for slow clients.
void Application::quit_now() {
  slots_.drop_queue("The server is shutting down; the prediction was waiting for a slot");
  replicas_->stop(std::chrono::milliseconds(0));
  const auto last = std::chrono::steady_clock::now() + kLastReplies;
  webhooks_->hurry(last);
  http_->wait_closed(last);
  webhooks_->wait_idle(last);
  webhooks_->give_up();
  std::error_code ignored;
  std::filesystem::remove_all(scratch_->path(), ignored);
  ::_exit(1);
}

}  // namespace cogpp::server
