// Only glibc returns memory so eagerly; other C libraries are left alone.
#include "runtime/server/support/memory.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <utility>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace cogpp::server {
namespace {

std::atomic<std::uint64_t> ends{0};
/// mallopt() must not run twice at once, and many trims at once only wait for each other.
std::mutex giving;
std::uint64_t given = 0;  ///< The number of ends that all heaps were trimmed for.

#if defined(__GLIBC__)

// A thread's heap has 64 MiB at most. So many heaps can keep that much at most.
constexpr int kKept = 64 << 20;
constexpr int kHeaps = 8;
constexpr int kLargestInHeap = 32 << 20;  // glibc's own bound.

// malloc_trim() leaves the end of a thread's heap alone; that goes at a free() of
// more than 64 KiB beside it.
void trim_own_end() {
  ::mallopt(M_TRIM_THRESHOLD, 0);
  auto* last = static_cast<volatile char*>(std::malloc(96 * 1024));
  if (last != nullptr) *last = 0;  // Or the compiler leaves the pair out.
  std::free(const_cast<char*>(last));
  ::mallopt(M_TRIM_THRESHOLD, kKept);
}

void trim_all() { ::malloc_trim(0); }

#else

void trim_own_end() {}
void trim_all() {}

#endif

}  // namespace

void keep_freed_memory() {
#if defined(__GLIBC__)
  ::mallopt(M_ARENA_MAX, kHeaps);
  ::mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  ::mallopt(M_TRIM_THRESHOLD, kKept);
#endif
}

void give_back_freed_memory() {
  const std::lock_guard lock(giving);
  trim_own_end();
  trim_all();
}

void note_large_end() { ends.fetch_add(1, std::memory_order_relaxed); }
std::uint64_t large_ends() { return ends.load(std::memory_order_relaxed); }

void give_back_after_large_ends(std::uint64_t& seen) {
  const std::uint64_t now = large_ends();
  if (std::exchange(seen, now) == now) return;
  const std::lock_guard lock(giving);
  trim_own_end();
  if (given < now) {
    trim_all();
    given = now;
  }
}

}  // namespace cogpp::server
