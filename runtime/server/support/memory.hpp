// How the allocator treats the memory of large requests.
#pragma once

#include <cstddef>
#include <cstdint>

namespace cogpp::server {

/// What to tell the client of a prediction that there is no memory for.
inline constexpr const char* kNoMemory =
    "The server has no memory left for this; try again later, or raise its limit (ulimit -v)";

/// Requests and replies above this leave memory behind that is worth giving back.
inline constexpr std::size_t kLargeBytes = 1024 * 1024;

/// Lets freed memory of megabytes stay with the process, so that the next request does
/// not fault in thousands of fresh pages. Call once, before any thread starts.
void keep_freed_memory();

/// Gives freed memory back to the system, all that the calling thread had. Takes
/// milliseconds; any thread, one after the other.
void give_back_freed_memory();

/// Something of more than kLargeBytes has ended, its memory is free. Any thread.
void note_large_end();
/// How many of those there were. Any thread.
std::uint64_t large_ends();
/// As give_back_freed_memory(), if there were more than `seen`, which is then brought up to
/// date. What all threads share is given back once for each number. Any thread.
void give_back_after_large_ends(std::uint64_t& seen);

}  // namespace cogpp::server
