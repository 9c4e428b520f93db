// The six calls of the CUDA driver's C interface that tell what devices there are.
#include "runtime/worker/device.hpp"

#include <dlfcn.h>

#include <array>
#include <charconv>

namespace cogpp::worker {
namespace {

/// Functions of libcuda.so.1; their signatures are part of its stable interface.
struct Driver {
  int (*init)(unsigned) = nullptr;
  int (*driver_version)(int*) = nullptr;
  int (*device_count)(int*) = nullptr;
  int (*device_name)(char*, int, int) = nullptr;
  int (*device_memory)(std::size_t*, int) = nullptr;
  int (*device_attribute)(int*, int, int) = nullptr;
  int (*error_text)(int, const char**) = nullptr;

  std::string error(int code) const {
    const char* text = nullptr;
    if (error_text && error_text(code, &text) == 0 && text) return text;
    return "error " + std::to_string(code);
  }
};

template <class Function>
bool load(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

Result<Driver> open_driver() {
  void* library = ::dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL);
  if (!library) return Error{std::string("no CUDA driver: ") + ::dlerror()};
  Driver driver;
  load(library, "cuGetErrorString", driver.error_text);
  if (!load(library, "cuInit", driver.init) ||
      !load(library, "cuDriverGetVersion", driver.driver_version) ||
      !load(library, "cuDeviceGetCount", driver.device_count) ||
      !load(library, "cuDeviceGetName", driver.device_name) ||
      !load(library, "cuDeviceTotalMem_v2", driver.device_memory) ||
      !load(library, "cuDeviceGetAttribute", driver.device_attribute)) {
    return Error{"libcuda.so.1 lacks functions of the CUDA driver"};
  }
  return driver;
}

int capability_of(const Driver& driver, int device) {
  constexpr int kMajor = 75;  // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  constexpr int kMinor = 76;
  int major = 0;
  int minor = 0;
  const bool told = driver.device_attribute(&major, kMajor, device) == 0 &&
                    driver.device_attribute(&minor, kMinor, device) == 0;
  return told ? major * 10 + minor : 0;
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// The index of "cuda" or "cuda:N".
Result<std::size_t> cuda_index(const std::string& device) {
  if (device == "cuda") return std::size_t{0};
  std::size_t index = 0;
  const char* end = device.data() + device.size();
  if (device.starts_with("cuda:")) {
    const auto [stop, code] = std::from_chars(device.data() + 5, end, index);
    if (code == std::errc() && stop == end) return index;
  }
  return Error{"unknown device '" + device + "': use auto, cpu, cuda or cuda:N"};
}

}  // namespace

CudaProbe probe_cuda() {
  CudaProbe probe;
  const auto driver = open_driver();
  if (!driver) {
    probe.reason = driver.error().message;
    return probe;
  }
  int version = 0;
  if (driver->driver_version(&version) == 0) probe.driver = version_text(version);
  if (const int code = driver->init(0); code != 0) {
    probe.reason = "the CUDA driver does not start: " + driver->error(code);
    return probe;
  }
  int count = 0;
  if (const int code = driver->device_count(&count); code != 0 || count == 0) {
    probe.reason = code != 0 ? driver->error(code) : "the CUDA driver finds no device";
    return probe;
  }
  for (int i = 0; i < count; ++i) {
    std::array<char, 256> name{};
    std::size_t memory = 0;
    driver->device_name(name.data(), static_cast<int>(name.size()) - 1, i);
    driver->device_memory(&memory, i);
    probe.devices.push_back({name.data(), memory, capability_of(*driver, i)});
  }
  return probe;
}

Json probe_json(const CudaProbe& probe) {
  if (!probe.usable()) return Json{{"cuda", nullptr}, {"reason", probe.reason}};
  Json devices = Json::array();
  for (const auto& device : probe.devices) {
    devices.push_back({{"index", devices.size()},
                       {"name", device.name},
                       {"memory_bytes", device.memory_bytes},
                       {"capability", device.capability}});
  }
  return Json{{"cuda", {{"driver", probe.driver}, {"devices", std::move(devices)}}}};
}

Result<DeviceChoice> choose_device(const std::string& wanted, CudaProbe (*probe)()) {
  if (wanted == "cpu") return DeviceChoice{"cpu", ""};
  const bool automatic = wanted == "auto";
  std::size_t index = 0;
  if (!automatic) {
    const auto parsed = cuda_index(wanted);
    if (!parsed) return parsed.error();
    index = *parsed;
  }
  const CudaProbe found = probe();
  if (!found.usable()) {
    if (automatic) return DeviceChoice{"cpu", found.reason};
    return Error{"device '" + wanted + "' cannot be used: " + found.reason +
                 ". Use --device cpu to run on the CPU"};
  }
  if (index >= found.devices.size()) {
    return Error{"device '" + wanted + "' does not exist: there are " +
                 std::to_string(found.devices.size()) +
                 " CUDA devices, counted from 0. Use --device cpu to run on the CPU"};
  }
  return DeviceChoice{"cuda:" + std::to_string(index), found.devices[index].name};
}

}  // namespace cogpp::worker
