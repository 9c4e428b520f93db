// Steps, in order: sockets and the control thread, the library, create, hello,
// set-up, ready, one thread per slot. A failure before ready is set-up's failure;
// the server then ends this process.
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

/// Loads, greets and sets up. The result is what the slots run.
struct Loaded {
  Instance instance;
  Predictor predictor;
};
Result<Loaded> load(const Options& options, Control& control) {
  if (options.project && ::chdir(options.project->c_str()) != 0) {
    return Error{"cannot enter the project folder " + *options.project};
  }
  const auto table = load_library(options.library);
  if (!table) return table.error().within("failed to load predictor");
  const auto choice = choose_device(options.device);
  const std::string device = choice ? choice->device : options.device;
  auto instance = create(*table, create_options(options, device), control);
  if (!instance) return instance.error().within("failed to load predictor");
  auto signature = signature_of(*table, instance->get());
  if (!signature) return signature.error();
  const bool live = signature->mode != schema::OutputMode::kValue;
  control.send(ipc::Hello{.sdk_version = (*table)->sdk_version,
                          .slots = options.slots,
                          .signature = std::move(*signature)});
  if (!choice) return choice.error().within("setup failed");
  log_device(control, *choice);
  const int outcome = (*table)->setup(instance->get(), &control, &Control::host_table());
  std::fflush(stdout);
  control.finish_lines();
  if (outcome != COGPP_SUCCEEDED) {
    const std::string error = control.take_error();
    return Error{error.empty() ? "setup failed: the predictor gave no reason" : error};
  }
  control.send(ipc::Ready{device});
  void* self = instance->get();
  return Loaded{std::move(*instance), Predictor{*table, self, live}};
}

}  // namespace

int serve(const Options& options) {
  SlotList slots;
  Signal shutdown;
  const LogRouter router;
  Control control(ipc::FrameSocket(options.control_fd),
                  {.cancel = [&slots](const ipc::Cancel& cancel) { slots.cancel(cancel); },
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
  shutdown.wait();
  slots.stop();
  return 0;
}

}  // namespace cogpp::worker
