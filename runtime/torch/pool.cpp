#include "runtime/torch/pool.hpp"

#include <exception>
#include <utility>

#include "runtime/torch/device.hpp"
#include "runtime/torch/inference.hpp"
#include "runtime/torch/package.hpp"

namespace cogpp::torch_models {
namespace {

Result<std::unique_ptr<Backend>> load_backend(const std::filesystem::path& path,
                                              const BackendOptions& options) {
  auto kind = recognise(path);
  if (!kind) return kind.error();
  const std::string name = "model file '" + path.string() + "'";
  switch (*kind) {
    case FileKind::kScript:
      return load_script(path, options);
    case FileKind::kPackage:
      return load_package(path, options);
    case FileKind::kExportedProgram:
      return Error{name +
                   " is an exported program that was not compiled. Compile it: "
                   "torch._inductor.aoti_compile_and_package(torch.export.load(FILE))."};
    case FileKind::kStateDict:
      return Error{name +
                   " holds weights or a pickled object without the model's code. Save "
                   "the model with torch.jit.save or compile it to a .pt2 package."};
    case FileKind::kUnknown:
      break;
  }
  return Error{name + " is neither TorchScript nor a .pt2 package; export the model again"};
}

/// Waits until the thread's stream has done its work. An error shows again in whatever
/// the thread does next on the device.
void wait_for(at::Device device) {
  if (!device.is_cuda()) return;
  CogppCudaError ignored{};
  if (auto part = load_cuda_part()) static_cast<void>((*part)->wait(device.index(), &ignored));
}

}  // namespace

Result<std::unique_ptr<Pool>> Pool::load(const std::filesystem::path& path,
                                         const Options& options) {
  auto device = parse_device(options.device);
  if (!device) return device.error();
  if (options.slots == 0 || options.slots > 256) return Error{"slots must be 1 to 256"};
  if (auto ready = prepare_device(*device); !ready) return ready.error();
  set_threads(options.threads, options.slots);
  if (auto entered = enter_thread(*device); !entered) return entered.error();
  auto backend = load_backend(path, {*device, options.slots, options.stateless,
                                     options.check_inputs, options.private_copy});
  if (!backend) return backend.error();
  wait_for(*device);  // weights that arrived on this thread's stream are used on others
  return std::make_unique<Pool>(std::move(*backend), *device, options.slots,
                                path.filename().string());
}

Pool::Pool(std::unique_ptr<Backend> backend, at::Device device, std::size_t copies,
           std::string name)
    : backend_(std::move(backend)), device_(device), copies_(copies), name_(std::move(name)) {
  for (std::size_t copy = copies; copy > 0; --copy) free_.push_back(copy - 1);
}

std::size_t Pool::take() {
  std::unique_lock lock(mutex_);
  returned_.wait(lock, [this] { return !free_.empty(); });
  const std::size_t copy = free_.back();
  free_.pop_back();
  return copy;
}

void Pool::give_back(std::size_t copy) {
  wait_for(device_);  // the next user has another stream
  {
    const std::lock_guard lock(mutex_);
    free_.push_back(copy);
  }
  returned_.notify_one();
}

Status Pool::check_count(std::size_t given) const {
  const Arguments& expected = backend_->arguments();
  if (given >= expected.required && given <= expected.names.size()) return {};
  std::string names;
  for (const std::string& name : expected.names) names += (names.empty() ? "" : ", ") + name;
  return Error{"model '" + name_ + "' takes " + std::to_string(expected.names.size()) +
               " input(s) (" + names + "), " + std::to_string(given) + " were given"};
}

Result<std::vector<at::Tensor>> Pool::run(std::size_t copy, std::vector<c10::IValue> inputs) {
  if (auto right = check_count(inputs.size()); !right) return right.error();
  if (auto entered = enter_thread(device_); !entered) return entered.error();
  try {
    return backend_->run(copy, std::move(inputs));
  } catch (const std::exception& failure) {
    return Error{"model '" + name_ + "' failed: " + first_lines(failure.what())};
  }
}

Result<c10::IValue> Pool::call(std::size_t copy, const std::string& method,
                               std::vector<c10::IValue> inputs) {
  if (auto entered = enter_thread(device_); !entered) return entered.error();
  try {
    return backend_->call(copy, method, std::move(inputs));
  } catch (const std::exception& failure) {
    return Error{"model '" + name_ + "' failed in " + method + ": " + first_lines(failure.what())};
  }
}

std::string first_lines(const std::string& what) {
  // TorchScript: the Python line stands before the last "Error:" line; C++ frames begin
  // with "Exception raised from".
  std::string text = what.substr(0, what.find("\nException raised from"));
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '.'))
    text.pop_back();
  return text;
}

}  // namespace cogpp::torch_models
