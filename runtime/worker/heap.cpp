// Only where glibc and Linux are; elsewhere the hint means nothing.
#include "runtime/worker/heap.hpp"

#include <cstdlib>

#if defined(__GLIBC__) && defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace cogpp::worker {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;

/// Allocates and frees, which the compiler must not leave out.
void* touched(std::size_t size) {
  auto* memory = static_cast<volatile char*>(std::malloc(size));
  if (memory != nullptr) *memory = 0;
  return const_cast<char*>(memory);
}

}  // namespace

void expect_large_heap() {
  // glibc maps large blocks one by one. Freeing one of nearly 32 MiB teaches it to take
  // all up to that size from the heap, and to keep 64 MiB free at the heap's end.
  std::free(touched(32 * kMiB - 64 * 1024));
  void* const first = touched(30 * kMiB);
  void* const second = touched(30 * kMiB);
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = (reinterpret_cast<std::uintptr_t>(first) + page - 1) / page * page;
  const auto end = reinterpret_cast<std::uintptr_t>(::sbrk(0));
  if (begin < end && end - begin < 128 * kMiB) {
    // The break is a number only.
    ::madvise(reinterpret_cast<void*>(begin),  // NOLINT(performance-no-int-to-ptr)
              end - begin, MADV_HUGEPAGE);
  }
  std::free(second);
  std::free(first);
}

}  // namespace cogpp::worker

#else

namespace cogpp::worker {

void expect_large_heap() {}

}  // namespace cogpp::worker

#endif
