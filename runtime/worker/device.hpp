// Which device this worker computes on. Asks the CUDA driver itself, without libtorch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::worker {

struct CudaDevice {
  std::string name;
  std::uint64_t memory_bytes = 0;
  int capability = 0;  ///< 90 for sm_90; 0: not told.
};

/// What the driver says. `reason` tells why CUDA cannot be used, or is empty.
struct CudaProbe {
  std::string reason;
  std::string driver;  ///< Newest CUDA version that the driver knows, "13.0".
  std::vector<CudaDevice> devices;

  bool usable() const { return reason.empty(); }
};

/// Loads libcuda.so.1 and initialises it; about 0.1 s where there is a GPU. The
/// library stays loaded.
CudaProbe probe_cuda();

/// {"cuda":{"driver":"13.0","devices":[{"index":0,"name":…,"memory_bytes":…,
/// "capability":90}]}}, or
/// {"cuda":null,"reason":…} where CUDA cannot be used.
Json probe_json(const CudaProbe& probe);

struct DeviceChoice {
  std::string device;  ///< "cpu" or "cuda:N".
  std::string note;    ///< Why, for the set-up log.
};

/// "auto" takes the first GPU or, where none is usable, the CPU and says why. An
/// explicit "cuda" or "cuda:N" never falls back: it fails with the reason.
Result<DeviceChoice> choose_device(const std::string& wanted, CudaProbe (*probe)() = probe_cuda);

}  // namespace cogpp::worker
