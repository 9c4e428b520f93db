// Walks to the leaf that a dotted name means, then replaces, adds or appends.
#include "runtime/server/predictions/metrics.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cogpp::server {
namespace {

/// Empty when a segment is empty.
std::vector<std::string> segments_of(std::string_view name) {
  std::vector<std::string> segments;
  while (true) {
    const auto dot = name.find('.');
    segments.emplace_back(name.substr(0, dot));
    if (segments.back().empty()) return {};
    if (dot == std::string_view::npos) return segments;
    name.remove_prefix(dot + 1);
  }
}

bool is_signed_integer(const Json& value) {
  return value.is_number_integer() &&
         !(value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX);
}

void increment(Json& leaf, const Json& delta) {
  if (!delta.is_number()) return;
  if (leaf.is_null()) leaf = 0;
  if (!leaf.is_number()) return;
  if (is_signed_integer(leaf) && is_signed_integer(delta)) {
    // Wraps, as Cog's addition does; unsigned arithmetic keeps that defined.
    leaf = static_cast<std::int64_t>(static_cast<std::uint64_t>(leaf.get<std::int64_t>()) +
                                     static_cast<std::uint64_t>(delta.get<std::int64_t>()));
  } else {
    leaf = leaf.get<double>() + delta.get<double>();
  }
}

void append(Json& leaf, const Json& value) {
  if (leaf.is_null()) {
    leaf = Json::array();
  } else if (!leaf.is_array()) {
    leaf = Json::array({leaf});
  }
  leaf.push_back(value);
}

}  // namespace

bool merge_metric(Json& metrics, const ipc::Metric& metric) {
  const auto segments = segments_of(metric.name);
  if (segments.empty()) return false;
  Json* node = &metrics;
  // Also on the way to what is removed, as Cog does.
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    Json& next = (*node)[segments[i]];
    if (!next.is_object()) next = Json::object();
    node = &next;
  }
  Json& leaf = (*node)[segments.back()];
  if (metric.mode == ipc::MetricMode::kReplace) leaf = metric.value;
  if (metric.mode == ipc::MetricMode::kIncrement) increment(leaf, metric.value);
  if (metric.mode == ipc::MetricMode::kAppend) append(leaf, metric.value);
  // Removed, or an increment by what is no number, which leaves no trace of itself.
  if (leaf.is_null()) node->erase(segments.back());
  return true;
}

const char* metric_mode_name(ipc::MetricMode mode) {
  switch (mode) {
    case ipc::MetricMode::kIncrement:
      return "increment";
    case ipc::MetricMode::kAppend:
      return "append";
    default:
      return "replace";
  }
}

}  // namespace cogpp::server
