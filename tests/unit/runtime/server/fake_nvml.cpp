// Stands in for the management library of NVIDIA's driver: three GPUs, of which the
// second cannot be asked.
#include <cstring>

#define COGPP_FAKE extern "C" __attribute__((visibility("default"))) int

namespace {

struct Memory {
  unsigned long long total, free, used;
};
unsigned devices[] = {0, 1, 2};

}  // namespace

COGPP_FAKE nvmlInit_v2() { return 0; }
COGPP_FAKE nvmlShutdown() { return 0; }
COGPP_FAKE nvmlDeviceGetCount_v2(unsigned* count) {
  *count = 3;
  return 0;
}
COGPP_FAKE nvmlDeviceGetHandleByIndex_v2(unsigned index, void** device) {
  if (index > 2) return 2;
  *device = &devices[index];
  return 0;
}
COGPP_FAKE nvmlDeviceGetMemoryInfo(void* device, Memory* memory) {
  const unsigned index = *static_cast<unsigned*>(device);
  if (index == 1) return 15;  // NVML_ERROR_GPU_IS_LOST
  *memory = {.total = 80ULL << 30, .free = 79ULL << 30, .used = (1ULL << 30) + index};
  return 0;
}
COGPP_FAKE nvmlDeviceGetUUID(void* device, char* uuid, unsigned length) {
  const unsigned index = *static_cast<unsigned*>(device);
  const char* name = index == 0 ? "GPU-aaaa" : "GPU-cccc";
  if (std::strlen(name) >= length) return 7;
  std::strcpy(uuid, name);
  return 0;
}
