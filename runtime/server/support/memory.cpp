// Only glibc returns memory so eagerly; other C libraries are left alone.
#include "runtime/server/support/memory.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cogpp::server {
namespace {

std::atomic<std::uint64_t> large_ends{0};

}  // namespace

void note_large_end() { large_ends.fetch_add(1, std::memory_order_relaxed); }

void give_back_after_large_ends() {
  thread_local std::uint64_t seen = 0;
  const std::uint64_t now = large_ends.load(std::memory_order_relaxed);
  if (std::exchange(seen, now) != now) give_back_freed_memory();
}

#if defined(__GLIBC__)

namespace {

// A thread's heap has 64 MiB at most. So many heaps can keep that much at most.
constexpr int kKept = 64 << 20;
constexpr int kHeaps = 8;
constexpr int kLargestInHeap = 32 << 20;  // glibc's own bound.

}  // namespace

void keep_freed_memory() {
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
}

void give_back_freed_memory() {
  // malloc_trim() leaves the end of a thread's heap alone; that goes at a free() of
  // more than 64 KiB beside it.
  ::mallopt(M_TRIM_THRESHOLD, 0);
  auto* last = static_cast<volatile char*>(std::malloc(96 * 1024));
  if (last != nullptr) *last = 0;  // Or the compiler leaves the pair out.
  std::free(const_cast<char*>(last));
  ::mallopt(M_TRIM_THRESHOLD, kKept);
  ::malloc_trim(0);
}

#else

void keep_freed_memory() {}
void give_back_freed_memory() {}

#endif

}  // namespace cogpp::server
