// Shows what a prediction server and its model write to standard error.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

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
  /// How many bytes of a prediction's own lines have been among them, without their ends.
  std::size_t prediction_bytes() const { return prediction_bytes_; }
  /// The prediction's answer is there, with all of its lines: those that come later are not
  /// shown. Gives prediction_bytes().
  std::size_t end_prediction();

 private:
  void show(std::string_view line);

  Console& console_;
  std::string line_;
  std::size_t prediction_bytes_ = 0;
  bool prediction_ended_ = false;
};

/// Whether a server with these variables (`NAME=VALUE`, the last one counts) writes a prediction's
/// lines to its log.
bool relays_predictions(const std::vector<std::string>& environment);

/// The rest of a prediction's logs, of which a relay showed so many bytes (without the ends of
/// lines).
std::string_view unshown_logs(std::string_view logs, std::size_t shown_bytes);

}  // namespace cogpp::cli
