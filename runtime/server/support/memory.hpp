// How the allocator treats the memory of large requests.
#pragma once

#include <cstddef>

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
/// milliseconds; any thread.
void give_back_freed_memory();

/// Something of more than kLargeBytes ends, in whatever thread. Any thread.
void note_large_end();
/// As give_back_freed_memory(), if something large has ended since the calling thread did it last.
void give_back_after_large_ends();

}  // namespace cogpp::server
