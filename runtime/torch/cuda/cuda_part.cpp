// Streams and facts of NVIDIA GPUs, through libtorch's CUDA libraries. Compiles
// without a CUDA toolkit; loaded only where a GPU was asked for (cuda_part.h).
#include "runtime/torch/cuda/cuda_part.h"

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>
#include <cuda_runtime_api.h>

#include <cstdio>
#include <exception>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Runs `body`, the place where libtorch's exceptions become a code and a text.
template <class Body>
int guarded(CogppCudaError* error, Body&& body) {
  try {
    std::forward<Body>(body)();
    return 0;
  } catch (const std::exception& failure) {
    std::snprintf(error->text, sizeof error->text, "%s", failure.what());
  } catch (...) {
    std::snprintf(error->text, sizeof error->text, "unknown exception");
  }
  return -1;
}

int device_count(int* count, CogppCudaError* error) {
  return guarded(error,
                 [&] { *count = static_cast<int>(c10::cuda::device_count_ensure_non_zero()); });
}

int describe(int device, CogppCudaDevice* out, CogppCudaError* error) {
  return guarded(error, [&] {
    cudaDeviceProp properties{};
    C10_CUDA_CHECK(cudaGetDeviceProperties(&properties, device));
    std::snprintf(out->name, sizeof out->name, "%.127s", properties.name);
    out->capability = properties.major * 10 + properties.minor;
    out->memory_bytes = properties.totalGlobalMem;
  });
}

/// The stream that the calling thread keeps on `device`.
c10::cuda::CUDAStream own_stream(c10::DeviceIndex device) {
  static thread_local std::vector<std::pair<c10::DeviceIndex, c10::cuda::CUDAStream>> streams;
  for (const auto& [index, stream] : streams) {
    if (index == device) return stream;
  }
  streams.emplace_back(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device));
  return streams.back().second;
}

int enter_thread(int device, CogppCudaError* error) {
  return guarded(error, [&] {
    const auto index = static_cast<c10::DeviceIndex>(device);
    c10::cuda::set_device(index);
    c10::cuda::setCurrentCUDAStream(own_stream(index));
  });
}

int wait(int device, CogppCudaError* error) {
  return guarded(error, [&] {
    c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device)).synchronize();
  });
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const CogppCudaPart* cogpp_cuda_part(void) {
  static const CogppCudaPart part{COGPP_CUDA_PART_VERSION, device_count, describe, enter_thread,
                                  wait};
  return &part;
}
