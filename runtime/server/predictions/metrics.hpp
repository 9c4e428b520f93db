// What a model recorded, merged into one object (cog-runtime §13). Pure.
#pragma once

#include "runtime/ipc/messages.hpp"
#include "schema/json.hpp"

namespace cogpp::server {

/// Applies one recorded value to `metrics`, an object. Dots in the name nest; null
/// with replace removes the leaf, and makes the way to it; increment starts at 0 and ignores what
/// is not a number; append makes an array. A name with an empty segment is ignored: false.
bool merge_metric(Json& metrics, const ipc::Metric& metric);

/// The name of a mode on the wire: replace, increment, append.
const char* metric_mode_name(ipc::MetricMode mode);

}  // namespace cogpp::server
