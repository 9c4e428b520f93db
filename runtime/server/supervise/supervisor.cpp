// The event loop: poll(2) over every worker's control socket, pipes and pidfd.
#include "runtime/server/supervise/supervisor.hpp"

#include <poll.h>

#include <algorithm>
#include <new>
#include <utility>
#include <variant>

#include "schema/openapi_reader.hpp"

namespace cogpp::server {
namespace {

constexpr const char* kTarget = "coglet::orchestrator";
/// Without memory for its own work a supervisor rests for so long.
constexpr std::chrono::milliseconds kMemoryRest{50};

/// What a worker takes that cannot tell. The file inputs are those of the loaded function, as
/// with Cog, where it has any; the document speaks for one that has none.
void take_given_signatures(ipc::Hello& hello, const Json& document) {
  auto predictor = schema::signature_of(document, "/predictions");
  if (predictor && hello.signature.inputs.empty()) hello.signature = std::move(*predictor);
  auto training = schema::signature_of(document, "/trainings");
  if (training && (!hello.training || hello.training->inputs.empty())) {
    hello.training = std::move(*training);
  }
}

}  // namespace

Supervisor::Supervisor(Options options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

Supervisor::~Supervisor() { stop(std::chrono::milliseconds(0)); }

void Supervisor::start() {
  thread_ = std::thread([this] { run(); });
}

void Supervisor::begin_stop(std::chrono::milliseconds patience) {
  if (stopping_) return;
  stop_patience_ = patience;
  stopping_ = true;
  wake_.signal();
}

void Supervisor::stop(std::chrono::milliseconds patience) {
  if (!thread_.joinable()) return;
  begin_stop(patience);
  thread_.join();
}

void Supervisor::encourage() {
  encouraged_ = true;
  wake_.signal();
}

void Supervisor::run() {
  start_worker();
  while (!stopping_) {
    try {
      poll_once();
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kMemoryRest);
    }
  }
  finish_workers();
}

void Supervisor::start_worker() {
  restart_at_.reset();
  model_.reset();
  if (std::exchange(has_started_, true) && parts_.metrics) parts_.metrics->worker_restarted();
  parts_.log.setup().begin();
  parts_.health.setup_started(parts_.replica);
  parts_.log.write(LogLevel::kInfo, kTarget, "Spawning worker subprocess",
                   {{"num_slots", options_.command.slots}});
  auto process = [this] {
    const std::lock_guard turn(parts_.start_turn);
    return cogpp::server::start_worker(options_.command);
  }();
  if (!process) return conclude_failed_setup("failed to spawn worker: " + process.error().message);
  parts_.log.write(LogLevel::kInfo, "coglet::fd_redirect", "File descriptor redirection complete");
  setup_started_ = std::chrono::steady_clock::now();
  current_ = std::make_shared<Worker>(std::move(*process), options_.patience, parts_.log, wake_);
  workers_.push_back(current_);
}

void Supervisor::poll_once() {
  std::vector<pollfd> entries{{wake_.fd(), POLLIN, 0}};
  const auto watched = workers_;
  for (const auto& worker : watched) {
    const auto& process = worker->process();
    for (const int fd :
         {process.pidfd.get(), process.control.fd(), process.out.get(), process.err.get()}) {
      entries.push_back({fd, POLLIN, 0});
    }
    if (worker->has_unsent()) entries[entries.size() - 3].events |= POLLOUT;
  }
  ::poll(entries.data(), entries.size(), poll_timeout());
  if (entries[0].revents != 0) wake_.clear();
  for (std::size_t i = 0; i < watched.size(); ++i) {
    const pollfd* own = &entries[1 + 4 * i];
    if (own[2].revents != 0 || own[3].revents != 0) watched[i]->collect_output();
    if ((own[1].revents & POLLOUT) != 0) watched[i]->push_control();
    if ((own[1].revents & ~POLLOUT) != 0) read_control(watched[i]);
    if (own[0].revents != 0) worker_ended(watched[i]);
  }
  const auto now = std::chrono::steady_clock::now();
  for (const auto& worker : std::vector<WorkerPtr>(workers_)) check_times(worker, now);
  // A first set-up that failed is not tried again by itself.
  if (encouraged_.exchange(false) && !current_ && !restart_at_) restart_at_ = now + backoff_.next();
  if (restart_at_ && now >= *restart_at_ && !stopping_) start_worker();
}

int Supervisor::poll_timeout() const {
  std::optional<SteadyTime> next = restart_at_;
  const auto consider = [&next](std::optional<SteadyTime> time) {
    if (time && (!next || *time < *next)) next = time;
  };
  for (const auto& worker : workers_) {
    consider(worker->next_press());
    consider(worker->kill_time());
    if (worker->retired) consider(worker->retired_at + options_.patience.drain);
    if (!worker->ready && options_.setup_timeout.count() > 0) {
      consider(setup_started_ + options_.setup_timeout);
    }
  }
  if (!next) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*next - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, 60'000));
}

void Supervisor::read_control(const WorkerPtr& worker) {
  try {
    take_messages(worker);
  } catch (const std::bad_alloc&) {
    worker->close_control();  // Half read: nothing after it can be told apart.
    worker->broken(Breach::kGarbage, "this server has no memory for what it sent");
  }
}

void Supervisor::take_messages(const WorkerPtr& worker) {
  std::string_view frame;
  while (true) {
    switch (worker->control().poll_frame(frame)) {
      case ipc::FrameState::kNothing:
        return;
      case ipc::FrameState::kClosed:
        worker->close_control();
        return worker->broken(Breach::kClosed, "it closed its control socket");
      case ipc::FrameState::kBroken:
        worker->close_control();
        return worker->broken(Breach::kGarbage, "it sent a frame longer than 1 GiB");
      case ipc::FrameState::kFrame:
        break;
    }
    auto message = ipc::decode_worker_message(frame);
    if (!message)
      return worker->broken(Breach::kGarbage,
                            "it sent no valid message: " + message.error().message);
    handle(worker, std::move(*message));
  }
}

void Supervisor::handle(const WorkerPtr& worker, ipc::WorkerMessage message) {
  const bool setting_up = !worker->ready && worker == current_;
  if (auto* log = std::get_if<ipc::Log>(&message)) {
    if (!worker->ready) parts_.log.setup().add_output(log->data);
    parts_.log.write_printed(worker->ready ? "coglet::user" : "coglet::setup", log->data);
  } else if (auto* health = std::get_if<ipc::Health>(&message); health != nullptr) {
    parts_.health.checks().answered(worker.get(), *health);
  } else if (auto* hello = std::get_if<ipc::Hello>(&message);
             hello != nullptr && setting_up && !model_) {
    on_hello(worker, std::move(*hello));
  } else if (auto* failed = std::get_if<ipc::SetupFailed>(&message);
             failed != nullptr && setting_up) {
    setup_failed(worker, "worker setup failed: " + failed->error);
  } else if (auto* ready = std::get_if<ipc::Ready>(&message);
             ready != nullptr && setting_up && model_) {
    on_ready(worker, ready->device);
  } else {
    worker->broken(Breach::kGarbage,
                   "it sent a message that does not belong on its control socket");
  }
}

void Supervisor::on_hello(const WorkerPtr& worker, ipc::Hello hello) {
  parts_.log.write(LogLevel::kInfo, "coglet::worker", "Connected to slot transport");
  if (hello.protocol != ipc::kProtocolVersion) {
    return setup_failed(worker, "worker setup failed: it speaks protocol version " +
                                    std::to_string(hello.protocol) + ", this server version " +
                                    std::to_string(ipc::kProtocolVersion) +
                                    "; install worker and server from the same release");
  }
  if (hello.slots != options_.command.slots) {
    return setup_failed(worker, "worker setup failed: it has " + std::to_string(hello.slots) +
                                    " slots where --slots " +
                                    std::to_string(options_.command.slots) + " was asked for");
  }
  worker->has_healthcheck = hello.healthcheck;
  parts_.health.set_versions(std::move(hello.python), std::move(hello.python_sdk));
  if (!hello.undescribed.empty()) {
    if (!options_.document) {
      return setup_failed(worker, "worker setup failed: " + hello.undescribed);
    }
    take_given_signatures(hello, *options_.document);
  }
  auto model = Model::create(hello.signature, hello.training, options_.mode, options_.document);
  if (!model) return setup_failed(worker, "worker setup failed: " + model.error().message);
  model_ = std::move(*model);
  if (model_->unchecked.empty()) return;
  parts_.log.write(LogLevel::kWarning, "coglet::worker",
                   "The schema cannot be used: inputs go to the model unchecked",
                   {{"error", model_->unchecked}});
}

void Supervisor::on_ready(const WorkerPtr& worker, const std::string& device) {
  worker->collect_output();
  worker->ready = true;
  worker->ready_at = std::chrono::steady_clock::now();
  was_ready_ = true;
  if (parts_.metrics != nullptr) {
    const auto now = std::chrono::steady_clock::now();
    parts_.metrics->setup_ended(true, seconds_between(setup_started_, now));
    parts_.metrics->worker_ready(device);
  }
  parts_.log.write(LogLevel::kInfo, "coglet", "Server ready");
  parts_.log.setup().end();
  parts_.slots.add(worker->take_slots(parts_.scratch, worker));
  if (worker->has_healthcheck) parts_.health.checks().add(worker);
  parts_.health.setup_succeeded(parts_.replica, model_, parts_.log.setup().text());
  parts_.log.write(LogLevel::kInfo, kTarget, "Setup complete, now accepting requests");
  tell_first_setup(true, parts_.log.setup().text());
  if (parts_.on_ready) parts_.on_ready();
}

void Supervisor::setup_failed(const WorkerPtr& worker, const std::string& reason) {
  worker->collect_output();
  worker->kill("its set-up had failed");
  current_.reset();
  conclude_failed_setup(reason);
}

void Supervisor::conclude_failed_setup(const std::string& reason) {
  parts_.log.setup().end();
  if (parts_.metrics != nullptr) parts_.metrics->setup_ended(false, 0);
  parts_.log.write(LogLevel::kError, kTarget, "Setup failed", {{"error", reason}});
  const std::string logs = parts_.log.setup().text() + reason;
  parts_.health.setup_failed(parts_.replica, logs);
  tell_first_setup(false, logs);
  const auto health = parts_.health.health();
  if (health == Health::kDefunct) {
    parts_.slots.drop_queue("Worker crashed, and another one could not be started: " + reason);
  }
  // Ready once, this replica or another: the model works, so it is worth a try.
  if (was_ready_ || parts_.health.model()) {
    restart_at_ = std::chrono::steady_clock::now() + backoff_.next();
  }
}

void Supervisor::tell_first_setup(bool succeeded, const std::string& logs) {
  if (std::exchange(first_setup_told_, true) || !parts_.on_first_setup) return;
  parts_.on_first_setup(succeeded, logs);
}

void Supervisor::worker_ended(const WorkerPtr& worker) {
  read_control(worker);  // Its last words, as why its set-up failed.
  const bool current = worker == current_;
  parts_.slots.retire(worker.get());
  if (current && worker->ready) parts_.health.setup_started(parts_.replica);
  // Where another replica serves, a crash here is no news about the model.
  const bool served = parts_.health.health() == Health::kReady;
  parts_.health.checks().remove(
      worker.get(), served ? std::nullopt : std::optional<std::string>("Worker crashed"));
  worker->reap();
  std::erase(workers_, worker);
  const auto reason = worker->end_text();
  parts_.log.write(current ? LogLevel::kError : LogLevel::kInfo, kTarget, "Worker ended",
                   {{"pid", worker->process().pid}, {"reason", reason}});
  if (!current) return;
  current_.reset();
  worker->ready ? replace(worker) : conclude_failed_setup("worker crashed: " + reason);
}

// At once after one that a prediction may have ended. Workers that always end by themselves
// just after READY come READY ever more rarely, instead of setting up without a rest.
void Supervisor::replace(const WorkerPtr& worker) {
  if (stopping_) return;
  const auto lived = std::chrono::steady_clock::now() - worker->ready_at;
  if (worker->was_used() || lived >= Backoff::kLongest) {
    backoff_.reset();
    return start_worker();
  }
  restart_at_ = worker->ready_at + backoff_.next();
}

void Supervisor::check_times(const WorkerPtr& worker, SteadyTime now) {
  if (const auto time = worker->kill_time(); time && now >= *time) worker->kill("it was broken");
  const bool outlived = worker->press_cancels(now);
  if (!worker->ready) {
    const bool timed = options_.setup_timeout.count() > 0 && worker == current_;
    if (timed && now >= setup_started_ + options_.setup_timeout) {
      setup_failed(worker, "worker setup timed out");
    }
    return;
  }
  if (outlived && !worker->retired) give_up(worker);
  if (!worker->retired) return;
  worker->abandon_cancelled();
  const bool unused = parts_.slots.retire(worker.get()) == 0;
  if (unused || now >= worker->retired_at + options_.patience.drain) {
    worker->kill("a cancelled prediction beside this one did not stop, and the worker was ended");
  }
}

void Supervisor::give_up(const WorkerPtr& worker) {
  parts_.log.write(LogLevel::kWarning, kTarget,
                   "A cancelled prediction did not stop within the grace period; "
                   "the worker is replaced",
                   {{"pid", worker->process().pid}});
  worker->retired = true;
  parts_.health.checks().remove(worker.get(), std::nullopt);
  worker->retired_at = std::chrono::steady_clock::now();
  parts_.slots.retire(worker.get());
  if (worker != current_) return;
  current_.reset();
  replace(worker);
}

void Supervisor::finish_workers() {
  for (const auto& worker : workers_) {
    parts_.slots.retire(worker.get());
    parts_.health.checks().remove(worker.get(), std::nullopt);
    worker->ready ? worker->request_shutdown() : worker->kill("the server ended");
  }
  const auto deadline = std::chrono::steady_clock::now() + stop_patience_;
  for (const auto& worker : workers_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    pollfd entry{worker->process().pidfd.get(), POLLIN, 0};
    ::poll(&entry, 1, static_cast<int>(std::max<long long>(left.count(), 0)));
    worker->kill("the server ended");
    worker->reap();
  }
  current_.reset();
  workers_.clear();
}

}  // namespace cogpp::server
