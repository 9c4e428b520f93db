// Starts a worker process.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/server/support/unique_fd.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

/// The worker's descriptors, as docs/worker-protocol.md numbers them.
inline constexpr int kControlFd = 3;
inline constexpr int kFirstSlotFd = 4;

struct WorkerCommand {
  std::vector<std::string> arguments;  ///< The program (looked up in PATH) and its arguments.
  std::string directory;               ///< Working directory; empty: the server's.
  std::uint32_t slots = 1;
};

/// A running worker and the server's ends of everything that leads to it.
struct WorkerProcess {
  pid_t pid = -1;
  UniqueFd pidfd;  ///< Readable once the process has ended.
  UniqueFd out;    ///< Its standard output and error, non-blocking.
  UniqueFd err;
  ipc::FrameSocket control{-1};
  std::vector<ipc::FrameSocket> slots;
};

/// Keeps the descriptors 3 … 4+slots of this process occupied, so that none of the
/// server's own stands where a child's has to be. Once, before anything is opened.
void reserve_descriptors(std::uint32_t slots);

/// Starts it in a process group of its own. Fails when the program cannot be run.
/// One thread at a time.
Result<WorkerProcess> start_worker(const WorkerCommand& command);

}  // namespace cogpp::server
