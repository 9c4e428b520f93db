// What the code inside predict() can ask and say: whether it was cancelled, its
// folder, metrics, log lines.
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "cogpp/json.hpp"
#include "cogpp/types.hpp"

namespace cogpp {

namespace detail {
class Call;
}

/// What record_metric() does with a value that the metric already has.
enum class MetricMode {
  kReplace,    ///< The new value takes its place.
  kIncrement,  ///< Numbers are added; starts at 0.
  kAppend,     ///< The metric is an array that the value is appended to.
};

/// A handle to the prediction that runs. Cheap to copy, and a copy may be used by
/// the predictor's own threads, but not after predict() has returned (for a stream:
/// after it ended). Outside of a prediction it is empty: cancelled() is false and
/// metrics go nowhere.
class Prediction {
 public:
  /// For current().
  explicit Prediction(detail::Call* call) noexcept : call_(call) {}

  /// Whether this handle belongs to a running prediction.
  explicit operator bool() const noexcept { return call_ != nullptr; }

  /// The prediction's id, as its creator or the server named it. Throws std::logic_error
  /// outside of a prediction.
  const std::string& id() const;
  /// A folder of this prediction's own for temporary and output files. It exists,
  /// and is removed with everything in it once the prediction ended and its files
  /// were sent. Throws std::logic_error outside of a prediction.
  const std::filesystem::path& directory() const;
  /// The request's `context` object, its texts by name; empty where there is none. Throws
  /// std::logic_error outside of a prediction.
  const std::map<std::string, std::string>& context() const;

  /// True once somebody cancelled the prediction. One atomic load: ask often.
  bool cancelled() const noexcept;
  /// Throws cogpp::Cancelled once the prediction was cancelled.
  void throw_if_cancelled() const;

  /// Records a metric; it appears under `metrics` in the response, and a dot in the
  /// name nests it ("timing.decode"). At most 128 characters and 4 segments of
  /// letters, digits and single underscores. A metric keeps the type that it got
  /// first. Anything else throws std::invalid_argument. A number that is not finite
  /// removes the metric, as with Cog. Any thread.
  void record_metric(std::string_view name, const Json& value,
                     MetricMode mode = MetricMode::kReplace) const;
  /// Removes a metric, and forgets its type. Throws std::invalid_argument for a name that
  /// record_metric() refuses. Any thread.
  void delete_metric(std::string_view name) const;

 private:
  detail::Call* call_;
};

/// The prediction that runs in this thread; empty in set-up and in threads of the
/// predictor's own, which are given a copy of the handle.
Prediction current() noexcept;

/// Writes a line (a newline is added if there is none) to the log of the prediction
/// that runs in this thread, or of set-up; elsewhere to standard error. What goes to
/// std::cout and std::cerr arrives there, too, and with one slot what C code writes to
/// descriptors 1 and 2; this is for threads and libraries that own those. `text` may be
/// any bytes: what is not UTF-8 is replaced. Any thread.
void log(std::string_view text);

}  // namespace cogpp
