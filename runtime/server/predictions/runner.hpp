// Runs one prediction in its slot, from the first event to the last.
#pragma once

#include <functional>
#include <memory>

#include "runtime/server/predictions/prediction.hpp"
#include "runtime/server/predictions/slot_pool.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

/// The client that waits for a prediction's reply: one that leaves cancels it.
/// Used by the thread that runs the prediction.
class ClientWatch {
 public:
  virtual ~ClientWatch() = default;
  /// The descriptor to poll for input, or -1: nothing can be learned from it.
  virtual int fd() const = 0;
  /// After poll(2) reported something on fd(): did the client leave?
  virtual bool left() = 0;
};

/// What a run needs from outside; outlives every run.
struct RunEnvironment {
  /// Turns the input's URLs into files in `directory`; returns the new input text.
  /// Blocks; a stop request ends it within 20 ms.
  std::function<Result<std::string>(const Prediction& prediction, const std::string& directory,
                                    std::stop_token stop)>
      fetch;
  /// A file output as JSON text (a data URL).
  std::function<Result<std::string>(const std::string& path)> read_file;
  /// A file output uploaded elsewhere, as JSON text, in place of read_file; none: not so.
  /// Blocks; a stop request ends it within 20 ms. The error is the prediction's.
  std::function<Result<std::string>(const Prediction& prediction, const std::string& path,
                                    std::stop_token stop)>
      upload = {};
  /// Runs a task on another thread.
  std::function<void(std::function<void()>)> spawn;
};

/// Drives `prediction` to its end; the caller gives the slot back and then concludes
/// the prediction with what is returned. `client` may be nullptr. Blocks the calling
/// thread in poll(2) on the slot's socket and the client's. Does not throw: what there is
/// no memory for fails the prediction, and costs the worker whose message it was.
Outcome run_prediction(const std::shared_ptr<Prediction>& prediction, Slot& slot,
                       const RunEnvironment& environment, ClientWatch* client);

}  // namespace cogpp::server
