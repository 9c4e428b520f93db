// One prediction over HTTP, run by a thread of its own so that the caller can
// watch signals, logs and the spinner meanwhile. The program must ignore SIGPIPE.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/support/context.hpp"
#include "cli/support/files.hpp"
#include "cli/support/http_client.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// What the server answered: the HTTP status and the JSON body, or, for an event
/// stream, the data of its last event.
struct CallOutcome {
  int status = 0;
  Json response;
  /// How many bytes of the prediction's logs were shown as they came, without the ends of lines.
  std::size_t logs_shown = 0;
};

class PredictionCall {
 public:
  using ChunkReceiver = std::function<void(const Json& chunk)>;
  /// Called on the call's thread for the parts of an event stream, as they come.
  struct Receivers {
    ChunkReceiver chunk = {};  ///< With it the output is asked for as an event stream.
    std::function<void(const std::string& text)> log = {};
  };

  /// Starts at once. `path` is `/predictions` or `/trainings`, `body` the request's JSON text.
  static Result<PredictionCall> start(const Endpoint& endpoint, std::string path, std::string body,
                                      Receivers receivers);
  PredictionCall(PredictionCall&&) noexcept;
  /// Breaks the connection if it is still open, which cancels the prediction.
  ~PredictionCall();

  /// Readable once result() will not block.
  int done_fd() const;
  Result<CallOutcome> result();

 private:
  struct Shared;
  explicit PredictionCall(std::unique_ptr<Shared> shared);
  std::unique_ptr<Shared> shared_;
};

/// The error that stands for a reply of `path` other than 200 (cog-cli §8).
Error reply_error(const CallOutcome& outcome, const std::string& path);

/// Waits until `fd` is readable. Fails on a signal.
Status wait_readable(int fd, Context& context);

}  // namespace cogpp::cli
