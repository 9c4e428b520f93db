// Rules for the metrics that a prediction records (cog-runtime §13).
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "cogpp/prediction.hpp"

namespace cogpp::sdk {

/// Why `name` cannot name a metric, or an empty text.
std::string metric_name_error(std::string_view name);

/// Remembers the type that each metric of one prediction got first. Any thread.
class MetricTypes {
 public:
  /// Throws std::invalid_argument, with Cog's text, for a bad name, a null, a value
  /// of another type than before, or an increment that is no number.
  void check(std::string_view name, const Json& value, MetricMode mode);
  /// Throws for a bad name; forgets the type.
  void forget(std::string_view name);

 private:
  std::mutex mutex_;
  std::map<std::string, Json::Kind, std::less<>> types_;
};

}  // namespace cogpp::sdk
