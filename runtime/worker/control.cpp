// Set-up's host functions, and the thread that listens to the server.
#include "runtime/worker/control.hpp"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <utility>

#include "runtime/worker/library.hpp"

namespace cogpp::worker {

Control::Control(ipc::FrameSocket socket, Events events)
    : socket_(std::move(socket)), events_(std::move(events)), thread_([this] { receive(); }) {}

Control::~Control() {
  closing_ = true;
  ::shutdown(socket_.fd(), SHUT_RD);
  thread_.join();
}

void Control::receive() {
  ::pthread_setname_np(::pthread_self(), "control");
  std::string_view frame;
  while (socket_.wait_frame(frame) == ipc::FrameState::kFrame) {
    const auto message = ipc::decode_server_message(frame);
    if (message && std::holds_alternative<ipc::Cancel>(*message)) {
      events_.cancel(std::get<ipc::Cancel>(*message));
    } else if (message && std::holds_alternative<ipc::Healthcheck>(*message)) {
      events_.healthcheck(std::get<ipc::Healthcheck>(*message));
    } else if (message && std::holds_alternative<ipc::Shutdown>(*message)) {
      events_.shutdown();
    } else {
      std::fprintf(stderr, "cogpp-worker: control socket: %s\n",
                   message ? "not a message for it" : message.error().message.c_str());
      std::fflush(stderr);
      ::_exit(1);
    }
  }
  // Without a server there is nobody to finish for, however long predict() hangs.
  if (!closing_) ::_exit(0);
}

void Control::send(const ipc::WorkerMessage& message) {
  const std::lock_guard lock(mutex_);
  send_locked(message);
}

void Control::send_locked(const ipc::WorkerMessage& message) {
  // A server that is gone is noticed by receive().
  (void)socket_.send(ipc::encode(message));
}

std::string Control::take_error() {
  const std::lock_guard lock(mutex_);
  return std::exchange(error_, {});
}

void Control::write(ipc::LogSource source, std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string lines = lines_[source == ipc::LogSource::kStderr ? 1 : 0].add(text);
  if (!lines.empty()) send_locked(ipc::Log{source, std::move(lines)});
}

void Control::flush(ipc::LogSource source) {
  const std::lock_guard lock(mutex_);
  std::string lines = lines_[source == ipc::LogSource::kStderr ? 1 : 0].take();
  if (!lines.empty()) send_locked(ipc::Log{source, std::move(lines)});
}

void Control::finish_lines() {
  flush(ipc::LogSource::kStdout);
  flush(ipc::LogSource::kStderr);
}

const CogppHostTable& Control::host_table() {
  static constexpr CogppHostTable kTable{
      .abi_version = COGPP_ABI_VERSION,
      .struct_size = sizeof(CogppHostTable),
      .output = [](void*, CogppText) {},
      .file = [](void*, CogppText) {},
      .log =
          [](void* host, int source, CogppText text) {
            static_cast<Control*>(host)->write(
                source == 2 ? ipc::LogSource::kStderr : ipc::LogSource::kStdout, as_view(text));
          },
      .metric = [](void*, CogppText, CogppText, int) {},
      .cancelled = [](void*) -> int { return 0; },
      .fail =
          [](void* host, CogppText error) {
            auto* control = static_cast<Control*>(host);
            const std::lock_guard lock(control->mutex_);
            control->error_ = std::string(as_view(error));
          }};
  return kTable;
}

}  // namespace cogpp::worker
