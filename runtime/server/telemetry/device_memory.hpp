// How full the memory of NVIDIA GPUs is, as their driver tells it.
//
// The driver's management library is opened when it is needed, by name: the server is
// built and runs without CUDA, and where there is no driver there is nothing to tell.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cogpp::server {

/// One GPU. The driver's numbers and UUIDs, which CUDA_VISIBLE_DEVICES does not change.
struct DeviceMemory {
  unsigned index = 0;
  std::string uuid;
  std::uint64_t used = 0;  ///< Bytes, of all processes.
  std::uint64_t total = 0;
};

/// Any thread.
class DeviceMonitor {
 public:
  static constexpr const char* kLibrary = "libnvidia-ml.so.1";

  explicit DeviceMonitor(std::string library);
  DeviceMonitor(const DeviceMonitor&) = delete;
  DeviceMonitor& operator=(const DeviceMonitor&) = delete;
  ~DeviceMonitor();

  /// A worker runs on `device`. GPUs are looked at once one does not say "cpu": a Python
  /// model's "auto" may be one.
  void used_by_worker(const std::string& device);
  /// All GPUs that the driver shows to this process, or none.
  std::vector<DeviceMemory> read();

 private:
  struct Driver;

  const std::string library_;
  std::mutex mutex_;
  bool wanted_ = false;
  bool tried_ = false;
  std::unique_ptr<Driver> driver_;
};

}  // namespace cogpp::server
