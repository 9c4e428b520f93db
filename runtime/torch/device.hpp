// Devices by name, and the shared libraries that each kind needs.
//
// Only where a GPU was asked for are CUDA's libraries loaded: through the real
// libtorch.so and libcogpp_torch_cuda.so. On a CPU the stand-in libtorch.so takes
// the real one's name, which saves 240 MB and 100 ms.
#pragma once

#include <c10/core/Device.h>

#include <string>
#include <string_view>

#include "runtime/torch/cuda/cuda_part.h"
#include "schema/result.hpp"

namespace cogpp::torch_models {

/// "cpu", "cuda" (the first GPU) or "cuda:N".
Result<at::Device> parse_device(std::string_view name);

/// Loads what `device` needs, and checks that such a GPU exists. Safe to repeat; call
/// before a model file is loaded. The error says why there is no GPU and names
/// `--device cpu`.
Status prepare_device(at::Device device);

/// The CUDA part, after prepare_device() of a GPU; stays loaded.
Result<const CogppCudaPart*> load_cuda_part();

/// The version of the libtorch in this process, "2.11.0+cu130", out of the version.py
/// of the wheel that it was loaded from; where there is none, that of the headers.
std::string torch_version();
/// "2.11.0+cu130" → "2.11": what must agree between two builds.
std::string minor_version(const std::string& version);

/// What this machine is called in messages: "NVIDIA H200 (sm_90)".
struct GpuFacts {
  std::string name;
  int capability = 0;
};
Result<GpuFacts> gpu_facts(at::Device device);

}  // namespace cogpp::torch_models
