// Shows what a prediction server and its model write to standard error.
#pragma once

#include <string>
#include <string_view>

#include "cli/support/console.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {

/// $RUST_LOG of a server: the level `warning`, but for what the model itself writes. At that
/// level a server keeps the lines of a prediction back.
inline constexpr const char* kModelLogs =
    "warn,coglet::prediction=info,coglet::setup=info,coglet::user=info";

/// Takes the stream in pieces. The server writes one JSON object a line; of these,
/// the model's own output is shown as the model wrote it, and the server's own
/// warnings and errors as messages. Anything else is shown unchanged.
class LogRelay {
 public:
  explicit LogRelay(Console& console) : console_(console) {}
  void feed(std::string_view piece);
  /// Takes what can be read now from `source`, which does not block; closes it at the end
  /// of the stream, else poll(2) would spin. A closed one has nothing.
  void drain(Descriptor& source);
  /// Shows a last line without an end.
  void finish();
  /// Whether a prediction's own lines have been among them.
  bool saw_prediction() const { return saw_prediction_; }

 private:
  void show(std::string_view line);

  Console& console_;
  std::string line_;
  bool saw_prediction_ = false;
};

}  // namespace cogpp::cli
