// Six functions of NVML's C interface, which is stable: declared here, found by name.
#include "runtime/server/telemetry/device_memory.hpp"

#include <dlfcn.h>

#include <array>
#include <utility>

namespace cogpp::server {
namespace {

constexpr int kNvmlSuccess = 0;
/// NVML asks for 96 characters at most.
constexpr std::size_t kUuidBytes = 96;

}  // namespace

/// The library, initialised.
struct DeviceMonitor::Driver {
  // nvml.h's types.
  using Device = void*;
  struct Memory {
    unsigned long long total;
    unsigned long long free;
    unsigned long long used;
  };
  struct CloseLibrary {
    void operator()(void* handle) const { ::dlclose(handle); }
  };

  std::unique_ptr<void, CloseLibrary> library;
  int (*shutdown)() = nullptr;
  int (*count)(unsigned*) = nullptr;
  int (*device)(unsigned, Device*) = nullptr;
  int (*memory)(Device, Memory*) = nullptr;
  int (*uuid)(Device, char*, unsigned) = nullptr;

  Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    if (shutdown != nullptr) shutdown();
  }

  template <class Function>
  bool find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(::dlsym(library.get(), name));
    return function != nullptr;
  }

  /// nullptr: there is no such library, or no driver behind it.
  static std::unique_ptr<Driver> open(const std::string& name) {
    auto driver = std::make_unique<Driver>();
    driver->library.reset(::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!driver->library) return nullptr;
    int (*init)() = nullptr;
    int (*shutdown)() = nullptr;
    const bool found = driver->find(init, "nvmlInit_v2") &&
                       driver->find(shutdown, "nvmlShutdown") &&
                       driver->find(driver->count, "nvmlDeviceGetCount_v2") &&
                       driver->find(driver->device, "nvmlDeviceGetHandleByIndex_v2") &&
                       driver->find(driver->memory, "nvmlDeviceGetMemoryInfo") &&
                       driver->find(driver->uuid, "nvmlDeviceGetUUID");
    if (!found || init() != kNvmlSuccess) return nullptr;
    driver->shutdown = shutdown;
    return driver;
  }

  /// False: it cannot be asked, as one that fell off the bus.
  bool read(unsigned index, DeviceMemory& memory_of) const {
    Driver::Device handle = nullptr;
    Driver::Memory bytes{};
    std::array<char, kUuidBytes> name{};
    if (device(index, &handle) != kNvmlSuccess || memory(handle, &bytes) != kNvmlSuccess ||
        uuid(handle, name.data(), static_cast<unsigned>(name.size() - 1)) != kNvmlSuccess) {
      return false;
    }
    memory_of = {.index = index, .uuid = name.data(), .used = bytes.used, .total = bytes.total};
    return true;
  }
};

DeviceMonitor::DeviceMonitor(std::string library) : library_(std::move(library)) {}
DeviceMonitor::~DeviceMonitor() = default;

void DeviceMonitor::used_by_worker(const std::string& device) {
  const std::lock_guard lock(mutex_);
  wanted_ = wanted_ || device != "cpu";
}

std::vector<DeviceMemory> DeviceMonitor::read() {
  const std::lock_guard lock(mutex_);
  if (!wanted_) return {};
  if (!std::exchange(tried_, true)) driver_ = Driver::open(library_);
  unsigned count = 0;
  if (!driver_ || driver_->count(&count) != kNvmlSuccess) return {};
  std::vector<DeviceMemory> devices;
  for (unsigned index = 0; index < count; ++index) {
    DeviceMemory memory;
    if (driver_->read(index, memory)) devices.push_back(std::move(memory));
  }
  return devices;
}

}  // namespace cogpp::server
