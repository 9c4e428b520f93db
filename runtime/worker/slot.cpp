// Runs predictions one after the other. A prediction that says nothing on its way
// costs one read and one write: its output waits for its end.
#include "runtime/worker/slot.hpp"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "runtime/worker/library.hpp"

namespace cogpp::worker {
namespace {

/// Room for the rest of the frame around a chunk.
constexpr std::size_t kFrameMargin = 1024;

std::size_t line_index(ipc::LogSource source) { return source == ipc::LogSource::kStderr ? 1 : 0; }

}  // namespace

Slot::Slot(std::uint32_t index, ipc::FrameSocket socket, const Predictor& predictor)
    : index_(index), predictor_(predictor), socket_(std::move(socket)) {}

Slot::~Slot() { stop(); }

void Slot::start() {
  thread_ = std::thread([this] { run(); });
}

void Slot::stop() {
  ::shutdown(socket_.fd(), SHUT_RD);
  if (thread_.joinable()) thread_.join();
}

void Slot::cancel(const std::string& id) {
  const std::lock_guard lock(cancel_mutex_);
  if (id == running_id_) {
    cancelled_.store(true, std::memory_order_relaxed);
  } else if (id != finished_id_) {
    early_cancel_id_ = id;
  }
}

void Slot::run() {
  ::pthread_setname_np(::pthread_self(), ("slot-" + std::to_string(index_)).c_str());
  LogRouter::set_thread_sink(this);
  std::string_view frame;
  while (socket_.wait_frame(frame) == ipc::FrameState::kFrame) {
    const auto message = ipc::decode_server_message(frame);
    const auto* request = message ? std::get_if<ipc::Predict>(&*message) : nullptr;
    if (!request) {
      std::fprintf(stderr, "cogpp-worker: slot %u: %s\n", index_,
                   message ? "the server sent no prediction" : message.error().message.c_str());
      std::fflush(stderr);
      ::_exit(1);
    }
    predict(*request);
  }
  LogRouter::set_thread_sink(nullptr);
}

void Slot::predict(const ipc::Predict& request) {
  begin(request);
  CogppPrediction prediction{};
  prediction.struct_size = sizeof prediction;
  prediction.slot = index_;
  prediction.id = as_text(request.id);
  prediction.input = as_text(request.input);
  prediction.context = as_text(request.context);
  prediction.directory = as_text(request.directory);
  prediction.host = this;
  prediction.host_table = &host_table();
  const int outcome = predictor_.table->predict(predictor_.self, &prediction);
  // stdio's own buffer goes to the pipe of fd 1; without this a line without its
  // newline would appear in the next prediction.
  std::fflush(stdout);
  end(outcome);
}

void Slot::begin(const ipc::Predict& request) {
  {
    const std::lock_guard lock(send_mutex_);
    turn_ = request.turn;
    running_ = true;
  }
  const std::lock_guard lock(cancel_mutex_);
  running_id_ = request.id;
  cancelled_.store(std::exchange(early_cancel_id_, {}) == running_id_ && !running_id_.empty(),
                   std::memory_order_relaxed);
}

bool Slot::end(int outcome) {
  {
    const std::lock_guard lock(cancel_mutex_);
    finished_id_ = std::exchange(running_id_, {});
  }
  const std::lock_guard lock(send_mutex_);
  running_ = false;
  for (const auto source : {ipc::LogSource::kStdout, ipc::LogSource::kStderr}) {
    std::string rest = lines_[line_index(source)].take();
    if (!rest.empty()) socket_.queue(ipc::encode(ipc::Log{source, std::move(rest)}, turn_));
  }
  std::string error = std::exchange(error_, {});
  ipc::WorkerMessage last = ipc::Done{outcome == COGPP_SUCCEEDED_STREAM};
  if (outcome == COGPP_CANCELED) {
    last = ipc::Canceled{};
  } else if (outcome != COGPP_SUCCEEDED && outcome != COGPP_SUCCEEDED_STREAM) {
    if (error.empty()) error = "Prediction failed: the predictor gave no reason";
    last = ipc::Failed{std::move(error)};
  } else if (!error.empty()) {
    last = ipc::Failed{std::move(error)};
  }
  socket_.queue(ipc::encode(last, turn_));
  return socket_.flush().ok();
}

// `encode` makes the frame of a turn.
template <class Encode>
void Slot::send(const Encode& encode, bool now) {
  const std::lock_guard lock(send_mutex_);
  if (!running_) return;
  const std::string frame = encode(turn_);
  if (frame.size() > ipc::kMaxFrameBytes - kFrameMargin) {
    error_ = "Prediction failed: an output chunk is larger than 1 GiB; return a cogpp::Path";
    return;
  }
  socket_.queue(frame);
  // A dead server shows on the control socket, which ends the process.
  if (now) (void)socket_.flush();
}

void Slot::send_lines(ipc::LogSource source, std::string text) {
  if (text.empty()) return;
  socket_.queue(ipc::encode(ipc::Log{source, std::move(text)}, turn_));
  (void)socket_.flush();
}

void Slot::write(ipc::LogSource source, std::string_view text) {
  const std::lock_guard lock(send_mutex_);
  if (running_) send_lines(source, lines_[line_index(source)].add(text));
}

void Slot::flush(ipc::LogSource source) {
  const std::lock_guard lock(send_mutex_);
  send_lines(source, lines_[line_index(source)].take());
}

void Slot::fail(std::string error) {
  const std::lock_guard lock(send_mutex_);
  if (running_) error_ = std::move(error);
}

const CogppHostTable& Slot::host_table() {
  static constexpr CogppHostTable kTable{
      .abi_version = COGPP_ABI_VERSION,
      .struct_size = sizeof(CogppHostTable),
      .output =
          [](void* host, CogppText json) {
            auto* slot = static_cast<Slot*>(host);
            slot->send([json](auto turn) { return ipc::encode_output(as_view(json), turn); },
                       slot->predictor_.live);
          },
      .file =
          [](void* host, CogppText path) {
            auto* slot = static_cast<Slot*>(host);
            const ipc::File file{std::string(as_view(path))};
            slot->send([&file](auto turn) { return ipc::encode(file, turn); },
                       slot->predictor_.live);
          },
      .log =
          [](void* host, int source, CogppText text) {
            static_cast<Slot*>(host)->write(
                source == 2 ? ipc::LogSource::kStderr : ipc::LogSource::kStdout, as_view(text));
          },
      .metric =
          [](void* host, CogppText name, CogppText json, int mode) {
            auto* slot = static_cast<Slot*>(host);
            // At once: a snapshot of a running prediction shows its metrics, streamed or not.
            slot->send(
                [=](auto turn) {
                  return ipc::encode_metric(as_view(name), as_view(json),
                                            static_cast<ipc::MetricMode>(mode), turn);
                },
                true);
          },
      .cancelled = [](void* host) -> int {
        return static_cast<Slot*>(host)->cancelled_.load(std::memory_order_relaxed) ? 1 : 0;
      },
      .fail = [](void* host,
                 CogppText error) { static_cast<Slot*>(host)->fail(std::string(as_view(error))); }};
  return kTable;
}

}  // namespace cogpp::worker
