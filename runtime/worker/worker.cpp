// Steps, in order: sockets and the control thread, the library, create, hello,
// set-up, one thread per slot, ready. A failure before ready is set-up's failure;
// the server then ends this process. Of predictor and training, the one that --mode
// names is set up and run; of the other only the signature is wanted.
#include "runtime/worker/worker.hpp"

#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <vector>

#include "runtime/ipc/messages.hpp"
#include "runtime/worker/control.hpp"
#include "runtime/worker/device.hpp"
#include "runtime/worker/healthcheck.hpp"
#include "runtime/worker/library.hpp"
#include "runtime/worker/slot.hpp"

namespace cogpp::worker {
namespace {

/// Set once, by the control thread.
class Signal {
 public:
  void set() {
    const std::lock_guard lock(mutex_);
    set_ = true;
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return set_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool set_ = false;
};

/// Slots that the control thread may cancel in; empty until the worker is ready.
class SlotList {
 public:
  void add(std::unique_ptr<Slot> slot) {
    const std::lock_guard lock(mutex_);
    slots_.push_back(std::move(slot));
  }
  void start() {
    const std::lock_guard lock(mutex_);
    for (auto& slot : slots_) slot->start();
  }
  void cancel(const ipc::Cancel& cancel) {
    const std::lock_guard lock(mutex_);
    if (cancel.slot < slots_.size()) slots_[cancel.slot]->cancel(cancel.id);
  }
  /// Waits for running predictions. Without the lock: they may still be cancelled.
  void stop() {
    for (auto& slot : slots_) slot->stop();
  }

 private:
  std::mutex mutex_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

struct Destroy {
  const CogppPredictorTable* table;
  void operator()(void* self) const { table->destroy(self); }
};
using Instance = std::unique_ptr<void, Destroy>;

/// The predictor's object; its reason when it makes none.
Result<Instance> create(const CogppPredictorTable* table, const std::string& options,
                        Control& control) {
  void* self = table->create(as_text(options), &control, &Control::host_table());
  control.finish_lines();
  if (self) return Instance(self, Destroy{table});
  const std::string error = control.take_error();
  return Error{error.empty() ? "the predictor gave no reason" : error};
}

Result<schema::Signature> signature_of(const CogppPredictorTable* table, void* self) {
  const auto json = parse_json(as_view(table->signature(self)));
  if (!json) return json.error().within("the predictor's signature");
  auto signature = schema::signature_from_json(*json);
  if (!signature) return signature.error().within("the predictor's signature");
  return signature;
}

void log_device(Control& control, const DeviceChoice& choice) {
  std::string line = "Device: " + choice.device;
  if (!choice.note.empty()) line += " (" + choice.note + ")";
  control.write(ipc::LogSource::kStdout, line + "\n");
}

/// A predictor or a training, made but not set up.
struct Described {
  Instance instance;
  schema::Signature signature;
};
Result<Described> make(const CogppPredictorTable* table, const std::string& options,
                       Control& control) {
  auto instance = create(table, options, control);
  if (!instance) return instance.error().within("failed to load predictor");
  auto signature = signature_of(table, instance->get());
  if (!signature) return signature.error();
  return Described{std::move(*instance), std::move(*signature)};
}

/// Why set-up failed; empty when it succeeded.
std::string set_up(const Predictor& job, Control& control) {
  const int outcome = job.table->setup(job.self, &control, &Control::host_table());
  std::fflush(stdout);
  control.finish_lines();
  if (outcome == COGPP_SUCCEEDED) return {};
  const std::string error = control.take_error();
  return error.empty() ? "the predictor gave no reason" : error;
}

/// What the library holds. Fails when --mode names a training that it does not have.
struct Jobs {
  Described predictor;
  std::optional<Described> training;
};
Result<Jobs> make_jobs(const Library& library, const Options& options, const std::string& device,
                       Control& control) {
  const std::string settings = create_options(options, device);
  auto predictor = make(library.predictor, settings, control);
  if (!predictor) return predictor.error();
  Jobs jobs{std::move(*predictor), std::nullopt};
  if (library.trainer) {
    auto training = make(library.trainer, settings, control);
    if (!training) return training.error().within("the training");
    jobs.training = std::move(*training);
  } else if (options.train) {
    return Error{"failed to load predictor: " + options.library +
                 " cannot be trained. Is COGPP_TRAINER(...) in its source?"};
  }
  return jobs;
}

/// What the slots run, set up.
struct Loaded {
  Instance instance;
  Predictor predictor;
  std::string device;
};

Result<Loaded> load(const Options& options, Control& control) {
  if (options.project && ::chdir(options.project->c_str()) != 0) {
    return Error{"cannot enter the project folder " + *options.project};
  }
  const auto library = load_library(options.library);
  if (!library) return library.error().within("failed to load predictor");
  const auto choice = choose_device(options.device);
  const std::string device = choice ? choice->device : options.device;
  auto jobs = make_jobs(*library, options, device, control);
  if (!jobs) return jobs.error();
  const auto* table = options.train ? library->trainer : library->predictor;
  ipc::Hello hello{.sdk_version = table->sdk_version,
                   .slots = options.slots,
                   .signature = jobs->predictor.signature,
                   .healthcheck = healthcheck_of(*table) != nullptr};
  if (jobs->training) hello.training = jobs->training->signature;
  control.send(hello);
  if (!choice) return choice.error();
  if (!options.quiet) log_device(control, *choice);
  Described& job = options.train ? *jobs->training : jobs->predictor;
  Loaded loaded{std::move(job.instance),
                {.table = table, .live = job.signature.mode != schema::OutputMode::kValue},
                device};
  loaded.predictor.self = loaded.instance.get();
  if (auto error = set_up(loaded.predictor, control); !error.empty()) return Error{error};
  return loaded;
}

/// One run of the predictor's health check, on the thread of Healthcheck.
std::optional<std::string> check_health(const Predictor& job, Control& control) {
  LogRouter::set_thread_sink(&control);
  const int outcome = healthcheck_of(*job.table)(job.self, &control, &Control::host_table());
  control.finish_lines();
  std::string error = control.take_error();
  if (outcome == COGPP_SUCCEEDED) return std::nullopt;
  return error.empty() ? "Healthcheck failed: the predictor gave no reason" : error;
}

}  // namespace

int serve(const Options& options) {
  SlotList slots;
  Signal shutdown;
  Healthcheck health;
  const LogRouter router;
  Control control(
      ipc::FrameSocket(options.control_fd),
      {.cancel = [&slots](const ipc::Cancel& cancel) { slots.cancel(cancel); },
       .healthcheck = [&health](const ipc::Healthcheck& asked) { health.request(asked.id); },
       .shutdown = [&shutdown] { shutdown.set(); }});
  LogRouter::set_thread_sink(&control);
  auto loaded = load(options, control);
  LogRouter::set_thread_sink(nullptr);
  if (!loaded) {
    control.send(ipc::SetupFailed{loaded.error().message});
    shutdown.wait();
    return 1;
  }
  for (std::uint32_t i = 0; i < options.slots; ++i) {
    slots.add(std::make_unique<Slot>(
        i, ipc::FrameSocket(options.first_slot_fd + static_cast<int>(i)), loaded->predictor));
  }
  slots.start();
  if (healthcheck_of(*loaded->predictor.table)) {
    health.start([&] { return check_health(loaded->predictor, control); },
                 [&](const ipc::Health& answer) { control.send(answer); });
  }
  // Only now: a cancel that the server sends at once must find its slot.
  control.send(ipc::Ready{loaded->device});
  shutdown.wait();
  slots.stop();
  health.stop();
  return 0;
}

}  // namespace cogpp::worker
