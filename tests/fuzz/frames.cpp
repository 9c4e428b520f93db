// What a broken worker may write to its sockets: frames, and the messages in them.
#include <sys/socket.h>

#include <algorithm>

#include "runtime/ipc/frame_socket.hpp"
#include "runtime/ipc/messages.hpp"
#include "tests/fuzz/target.hpp"

namespace ipc = cogpp::ipc;

namespace {

/// Fits into a socket's buffer, so that one thread can write it all and then read.
constexpr std::size_t kMostBytes = 64UL * 1024;

void decode(std::string_view frame) {
  if (const auto message = ipc::decode_worker_message(frame)) {
    must(ipc::decode_worker_message(ipc::encode(*message)).ok());
    must(ipc::decode_slot_message(ipc::encode(*message, 3), 3).ok());
    must(!ipc::decode_slot_message(ipc::encode(*message, 3), 4).ok());
  }
  (void)ipc::decode_slot_message(frame, 1);
  if (const auto message = ipc::decode_server_message(frame)) {
    must(ipc::decode_server_message(ipc::encode(*message)).ok());
  }
}

}  // namespace

FUZZ_TARGET(bytes) {
  decode(bytes);
  auto ends = ipc::FrameSocket::pair();
  must(ends.ok());
  bytes = bytes.substr(0, kMostBytes);
  must(::send(ends->first.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
       static_cast<ssize_t>(bytes.size()));
  ends->first.close();
  std::string_view frame;
  auto state = ends->second.poll_frame(frame);
  for (; state == ipc::FrameState::kFrame; state = ends->second.poll_frame(frame)) decode(frame);
  must(state == ipc::FrameState::kClosed || state == ipc::FrameState::kBroken);
}
