#include "runtime/torch/inference.hpp"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "runtime/torch/device.hpp"

namespace cogpp::torch_models {

void enter_thread() {
  // Never destroyed: leaving inference mode while a thread ends would write to
  // libtorch's own thread-locals, which may be gone by then.
  static thread_local const auto* const mode = new c10::InferenceMode();
  static_cast<void>(mode);
  at::init_num_threads();
}

Status enter_thread(at::Device device) {
  enter_thread();
  if (!device.is_cuda()) return {};
  auto part = load_cuda_part();
  if (!part) return part.error();
  CogppCudaError error{};
  if ((*part)->enter_thread(device.index(), &error) != 0) {
    return Error{"GPU " + std::to_string(device.index()) + " could not be used: " + error.text};
  }
  return {};
}

void set_threads(std::size_t each, std::size_t slots) {
  const std::size_t cores = std::thread::hardware_concurrency();
  if (each == 0) each = std::max<std::size_t>(1, cores / std::max<std::size_t>(1, slots));
  at::set_num_threads(static_cast<int>(each));
  // May be set once only, before any parallel work: later it throws.
  static std::once_flag once;
  std::call_once(once, [] {
    if (at::get_num_interop_threads() != 1) at::set_num_interop_threads(1);
  });
}

}  // namespace cogpp::torch_models
