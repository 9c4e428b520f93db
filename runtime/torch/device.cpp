#include "runtime/torch/device.hpp"

#include <ATen/Parallel.h>
#include <dlfcn.h>
#include <torch/headeronly/version.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

namespace cogpp::torch_models {
namespace {

namespace fs = std::filesystem;

/// The folder of the loaded library that holds `address`; empty if unknown.
fs::path folder_of(const void* address) {
  Dl_info info{};
  if (dladdr(address, &info) == 0 || info.dli_fname == nullptr) return {};
  return fs::path(info.dli_fname).parent_path();
}

/// The folder that libtorch_cpu.so was loaded from.
fs::path torch_folder() { return folder_of(reinterpret_cast<const void*>(&at::init_num_threads)); }

/// Where cogpp's own libraries lie: beside the program (PREFIX/bin/../lib/cogpp) or
/// beside the library that this code was linked into.
std::vector<fs::path> library_folders() {
  std::vector<fs::path> folders;
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) folders.push_back(program.parent_path().parent_path() / "lib" / "cogpp");
  folders.push_back(folder_of(reinterpret_cast<const void*>(&parse_device)));
  return folders;
}

/// dlopen for good: libtorch cannot be unloaded. RTLD_GLOBAL as Python loads it.
Result<void*> open_library(const fs::path& path) {
  if (void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) return handle;
  const char* reason = dlerror();
  return Error{std::string(reason != nullptr ? reason : "unknown error of dlopen")};
}

Result<void*> open_own_library(const std::string& name) {
  for (const fs::path& folder : library_folders()) {
    std::error_code ignored;
    if (fs::exists(folder / name, ignored)) return open_library(folder / name);
  }
  return Error{"'" + name + "' was not found in " + library_folders().front().string() +
               "; install cogpp again"};
}

Status prepare_cpu() {
  if (dlopen("libtorch.so", RTLD_NOW | RTLD_NOLOAD) != nullptr) return {};
  auto stand_in = open_own_library("cpu/libtorch.so");
  if (!stand_in) return stand_in.error().within("the CPU's libtorch.so could not be loaded");
  return {};
}

/// Asks the driver, which is 100 times smaller than libtorch's CUDA libraries.
Status find_driver() {
  void* driver = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (driver == nullptr)
    return Error{"this machine has no NVIDIA driver (libcuda.so.1 is missing)"};
  auto init = reinterpret_cast<int (*)(unsigned)>(dlsym(driver, "cuInit"));
  auto count_devices = reinterpret_cast<int (*)(int*)>(dlsym(driver, "cuDeviceGetCount"));
  if (init == nullptr || count_devices == nullptr) {
    return Error{"libcuda.so.1 of this machine is not an NVIDIA driver"};
  }
  if (const int code = init(0); code != 0) {
    return Error{"the NVIDIA driver does not start (cuInit: error " + std::to_string(code) + ")"};
  }
  int count = 0;
  if (count_devices(&count) != 0 || count == 0) return Error{"the NVIDIA driver sees no GPU"};
  return {};
}

Status load_cuda_libraries() {
  const fs::path torch = torch_folder();
  // The wheel that libtorch_cpu.so came from, whatever other one rpaths name.
  auto real = open_library(torch.empty() ? fs::path("libtorch.so") : torch / "libtorch.so");
  if (!real) return real.error().within("libtorch's CUDA libraries could not be loaded");
  return {};
}

Status prepare_cuda(at::Device device) {
  if (auto found = find_driver(); !found) return found;
  if (auto loaded = load_cuda_libraries(); !loaded) return loaded;
  auto part = load_cuda_part();
  if (!part) return part.error();
  CogppCudaError error{};
  int count = 0;
  if ((*part)->device_count(&count, &error) != 0) return Error{error.text};
  if (device.index() >= count) {
    return Error{"this machine has " + std::to_string(count) + " GPU(s), numbered from 0"};
  }
  return {};
}

}  // namespace

Result<at::Device> parse_device(std::string_view name) {
  if (name == "cpu") return at::Device(at::kCPU);
  if (name == "cuda") return at::Device(at::kCUDA, 0);
  if (name.starts_with("cuda:")) {
    const std::string_view digits = name.substr(5);
    int index = -1;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (code == std::errc() && end == digits.data() + digits.size() && index >= 0 && index < 128) {
      return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(index));
    }
  }
  return Error{"unknown device '" + std::string(name) + "': use cpu, cuda or cuda:N"};
}

std::string minor_version(const std::string& version) {
  const auto first = version.find('.');
  return first == std::string::npos ? version : version.substr(0, version.find('.', first + 1));
}

std::string torch_version() {
  std::ifstream in(torch_folder().parent_path() / "version.py");
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_of("'\"");
    if (!line.starts_with("__version__") || first == std::string::npos) continue;
    return line.substr(first + 1, line.find(line[first], first + 1) - first - 1);
  }
  return TORCH_VERSION;
}

Status prepare_device(at::Device device) {
  if (minor_version(torch_version()) != minor_version(TORCH_VERSION)) {
    return Error{"the libtorch in " + torch_folder().string() + " is " + torch_version() +
                 ", cogpp was built for " + minor_version(TORCH_VERSION) +
                 ". Name a torch of that version, or build cogpp with this one."};
  }
  if (device.is_cpu()) return prepare_cpu();
  auto ready = prepare_cuda(device);
  if (ready) return ready;
  return Error{"device '" + device.str() + "' cannot be used: " + ready.error().message +
               ". Pass --device cpu to run on the CPU."};
}

Result<const CogppCudaPart*> load_cuda_part() {
  auto library = open_own_library("libcogpp_torch_cuda.so");
  if (!library) return library.error().within("cogpp's CUDA part could not be loaded");
  auto entry = reinterpret_cast<CogppCudaPartEntry>(dlsym(*library, COGPP_CUDA_PART_ENTRY));
  if (entry == nullptr || entry()->version != COGPP_CUDA_PART_VERSION) {
    return Error{"libcogpp_torch_cuda.so belongs to another version of cogpp; install cogpp again"};
  }
  return entry();
}

Result<GpuFacts> gpu_facts(at::Device device) {
  auto part = load_cuda_part();
  if (!part) return part.error();
  CogppCudaError error{};
  CogppCudaDevice facts{};
  if ((*part)->describe(device.index(), &facts, &error) != 0) return Error{error.text};
  return GpuFacts{facts.name, facts.capability};
}

}  // namespace cogpp::torch_models
