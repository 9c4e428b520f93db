// The life of one prediction (cog-runtime §22): start, fetch the input's files, one
// frame to the worker, then its messages until the last one.
#include "runtime/server/predictions/runner.hpp"

#include <poll.h>

#include <array>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "runtime/server/predictions/output_queue.hpp"
#include "runtime/server/support/memory.hpp"
#include "runtime/server/support/wake_fd.hpp"
#include "schema/utf8.hpp"

namespace cogpp::server {
namespace {

/// Longest size of an error text that a worker may give.
constexpr std::size_t kMaxErrorBytes = 1024 * 1024;
constexpr const char* kClosedSlot = "it closed a slot's socket";

/// What of a worker's error is told; a character is never cut in two.
std::string bounded(std::string error) {
  if (error.size() <= kMaxErrorBytes) return error;
  error.resize(kMaxErrorBytes);
  error.resize(error.size() - unfinished_tail(error));
  return error;
}

/// One run; lives on the stack of the thread that drains the slot.
class Run {
 public:
  Run(std::shared_ptr<Prediction> prediction, Slot& slot, const RunEnvironment& environment,
      ClientWatch* client)
      : prediction_(std::move(prediction)),
        slot_(slot),
        environment_(environment),
        client_(client) {
    if (!environment_.upload) return;
    uploads_.emplace(
        [this](const std::string& path, std::stop_token stop) {
          return environment_.upload(*prediction_, path, std::move(stop));
        },
        environment_.spawn, prediction_->stop_token());
  }

  Outcome execute() {
    prediction_->start();
    if (uploads_ && uploads_->fd() < 0) return Outcome::failed(kNoDescriptor);
    auto directory = slot_.scratch.open();
    if (!directory) return Outcome::failed(directory.error().message);
    auto input = input_text(*directory);
    if (prediction_->cancel_requested()) return Outcome::canceled();
    if (!input) return Outcome::failed("Input validation error: " + input.error().message);
    return dispatch(std::move(*input), *directory);
  }

 private:
  Result<std::string> input_text(const std::string& directory) {
    if (!prediction_->spec().is_object) return Error{"Input must be a JSON object"};
    if (prediction_->spec().input_tree.is_null()) return prediction_->spec().input;
    // Fetching blocks, and a client that leaves meanwhile must end it, so it runs on
    // another thread while this one watches the client.
    Result<std::string> fetched = Error{"not fetched"};
    WakeFd done;
    if (done.fd() < 0) return Error{kNoDescriptor};
    environment_.spawn([&] {
      try {
        fetched = environment_.fetch(*prediction_, directory, prediction_->stop_token());
      } catch (const std::bad_alloc&) {
        fetched = Error{kNoMemory};
      }
      done.signal();
    });
    while (!wait_for(done.fd())) {
    }
    done.clear();  // Reading, unlike poll(), is a synchronisation that ThreadSanitizer knows.
    return fetched;
  }

  Outcome dispatch(std::string input, const std::string& directory) {
    const Ticket ticket = slot_.worker->begin(slot_.index, prediction_);
    // Before the frame is sent: a worker that does not read would keep send() waiting,
    // and a cancel has to end that, too. One that overtakes the frame is repeated.
    prediction_->dispatched(slot_.worker, ticket);
    turn_ = ticket.number;
    std::string failure;
    bool unsent = false;
    try {
      failure = exchange(std::move(input), directory);
    } catch (const std::bad_alloc&) {
      // What it sent is half read, and nothing after that can be told apart.
      failure = "this server has no memory for what it sent";
      unsent = !sent_;
    }
    prediction_->returned();
    slot_.worker->end(ticket);
    if (failure.empty()) return outcome();
    if (unsent) return Outcome::failed(kNoMemory);  // The worker knows nothing of it.
    uploads_.reset();
    // After a cancel the supervisor may have given this slot up; the worker's other
    // slots go on.
    if (prediction_->cancel_requested() && closed_) return Outcome::canceled();
    slot_.worker->broken(closed_ ? Breach::kClosed : Breach::kGarbage, failure);
    return Outcome::failed(slot_.worker->wait_for_end(prediction_->logs()));
  }

  /// Sends the prediction and takes its messages. Returns why the worker is broken,
  /// or "".
  std::string exchange(std::string input, const std::string& directory) {
    std::string_view stray;
    const auto state = slot_.socket.poll_frame(stray);
    if (state == ipc::FrameState::kFrame) return "it sent a message that no prediction asked for";
    if (state == ipc::FrameState::kBroken) return "it sent a frame longer than 1 GiB";
    const auto sent = slot_.socket.send(ipc::encode(ipc::Predict{
        prediction_->id(), std::move(input), prediction_->spec().context, directory, turn_}));
    sent_ = true;
    if (sent && state == ipc::FrameState::kNothing) return drain();
    closed_ = true;
    return kClosedSlot;
  }

  /// Takes messages until the last one. Returns why the worker is broken, or "".
  std::string drain() {
    while (true) {
      wait_for(slot_.socket.fd());
      std::string_view frame;
      auto state = slot_.socket.poll_frame(frame);
      for (; state == ipc::FrameState::kFrame; state = slot_.socket.poll_frame(frame)) {
        auto message = ipc::decode_slot_message(frame, turn_);
        if (!message) return "it sent no valid message: " + message.error().message;
        if (!handle(std::move(*message)))
          return "it sent a message that does not belong on a slot's socket";
        if (last_) return {};
      }
      if (state == ipc::FrameState::kClosed) {
        closed_ = true;
        return kClosedSlot;
      }
      if (state == ipc::FrameState::kBroken) return "it sent a frame longer than 1 GiB";
    }
  }

  /// Waits until `fd` is readable (true) or something else happened.
  bool wait_for(int fd) {
    const int watched = client_ != nullptr ? client_->fd() : -1;
    const int uploads = uploads_ ? uploads_->fd() : -1;
    std::array<pollfd, 3> entries{pollfd{fd, POLLIN, 0}, pollfd{watched, POLLIN, 0},
                                  pollfd{uploads, POLLIN, 0}};
    if (::poll(entries.data(), uploads >= 0 ? 3 : watched >= 0 ? 2 : 1, -1) < 0) return false;
    if (entries[2].revents != 0) take_uploaded();
    if (entries[1].revents != 0 && client_->left()) {
      client_ = nullptr;
      prediction_->request_cancel();
    }
    return entries[0].revents != 0;
  }

  bool handle(ipc::WorkerMessage message) {
    if (auto* output = std::get_if<ipc::Output>(&message)) {
      add_output(to_text(output->chunk));
    } else if (auto* log = std::get_if<ipc::Log>(&message)) {
      prediction_->add_log(log->source, log->data);
    } else if (auto* metric = std::get_if<ipc::Metric>(&message)) {
      prediction_->add_metric(*metric);
    } else if (auto* file = std::get_if<ipc::File>(&message)) {
      add_file(file->path);
    } else if (std::holds_alternative<ipc::Done>(message) ||
               std::holds_alternative<ipc::Failed>(message) ||
               std::holds_alternative<ipc::Canceled>(message)) {
      last_ = std::move(message);
    } else {
      return false;
    }
    return true;
  }

  /// Chunks wait for the uploads that came before them.
  void add_output(std::string chunk) {
    if (!uploads_ || uploads_->empty()) return keep_output(std::move(chunk));
    queued_ += chunk.size();
    if (queued_ > prediction_->output_limit()) return too_large();
    uploads_->add_chunk(std::move(chunk));
  }

  void keep_output(std::string chunk) {
    if (error_.empty() && !prediction_->add_output(std::move(chunk))) too_large();
  }

  void too_large() {
    if (!error_.empty()) return;
    error_ = "Output is larger than the limit of this server; raise it with --max-output";
    prediction_->request_cancel();
  }

  void add_file(const std::string& path) {
    if (!error_.empty()) return;
    if (uploads_) return uploads_->add_file(path);
    try {
      auto url = environment_.read_file(path);
      if (url) return add_output(std::move(*url));
      error_ = "Failed to read output file: " + url.error().message;
    } catch (const std::bad_alloc&) {
      error_ = "Failed to read output file: there is no memory for " + path;
    }
  }

  void take_uploaded() {
    for (auto& chunk : uploads_->take()) {
      if (chunk) {
        keep_output(std::move(*chunk));
      } else if (error_.empty() && !prediction_->cancel_requested()) {
        error_ = chunk.error().message;
      }
    }
  }

  /// A cancel ends the uploads, too.
  void await_uploads() {
    take_uploaded();
    while (!uploads_->empty()) wait_for(uploads_->fd());
  }

  Outcome outcome() {
    if (uploads_) await_uploads();
    if (!error_.empty()) return Outcome::failed(std::move(error_));
    // Whatever the model made of the request to stop (an error, a result): coglet
    // 0.23.1 answers canceled (live C1.3).
    if (prediction_->cancel_requested() || std::holds_alternative<ipc::Canceled>(*last_)) {
      return Outcome::canceled();
    }
    if (auto* failed = std::get_if<ipc::Failed>(&*last_)) {
      return Outcome::failed(bounded(std::move(failed->error)));
    }
    return {PredictionStatus::kSucceeded, {}, std::get<ipc::Done>(*last_).stream};
  }

  std::shared_ptr<Prediction> prediction_;
  Slot& slot_;
  const RunEnvironment& environment_;
  ClientWatch* client_;
  std::uint64_t turn_ = 0;  ///< A broken worker's late message about another one must not count.
  std::optional<ipc::WorkerMessage> last_;
  std::string error_;  ///< The server's own reason to fail it.
  bool sent_ = false;
  bool closed_ = false;
  std::optional<OutputQueue> uploads_;  ///< With --upload-url.
  std::uint64_t queued_ = 0;            ///< Bytes of chunks that waited for uploads.
};

}  // namespace

Outcome run_prediction(const std::shared_ptr<Prediction>& prediction, Slot& slot,
                       const RunEnvironment& environment, ClientWatch* client) {
  Outcome outcome;
  // Nothing that one prediction meets may end the server, and its end must be told.
  try {
    outcome = Run(prediction, slot, environment, client).execute();
  } catch (const std::bad_alloc&) {
    outcome = Outcome::failed(kNoMemory);
  } catch (const std::exception& error) {
    outcome = Outcome::failed(std::string("The server failed: ") + error.what());
  }
  slot.scratch.close();
  return outcome;
}

}  // namespace cogpp::server
