// Names of metrics, in the order in which Cog checks them, and their types.
#include "runtime/sdk/metrics.hpp"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace cogpp::sdk {
namespace {

constexpr std::size_t kMaxCharacters = 128;
constexpr std::size_t kMaxSegments = 4;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

std::size_t characters(std::string_view text) {
  return text.size() -
         static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

/// The UTF-8 character at `at`.
std::string character(std::string_view text, std::size_t at) {
  std::size_t end = at + 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return std::string(text.substr(at, end - at));
}

std::string segment_error(std::string_view segment) {
  const std::string what = "metric name segment '" + std::string(segment) + "' ";
  if (!is_letter(segment.front())) return what + "must start with a letter";
  if (segment.find("__") != std::string_view::npos) {
    return what + "must not contain consecutive underscores";
  }
  for (std::size_t at = 0; at < segment.size(); ++at) {
    const char c = segment[at];
    if (!is_letter(c) && !is_digit(c) && c != '_') {
      return what + "contains invalid character '" + character(segment, at) + "'";
    }
  }
  if (segment.back() == '_') return what + "must end with a letter or digit";
  return {};
}

const char* type_name(Json::Kind kind) {
  constexpr const char* kNames[] = {"null", "bool", "int", "float", "string", "array", "object"};
  return kNames[static_cast<int>(kind)];
}

}  // namespace

std::string metric_name_error(std::string_view name) {
  if (name == "predict_time") return "'predict_time' is reserved by the runtime";
  if (name.starts_with("cog.")) return "the 'cog.' prefix is reserved for system metrics";
  if (name.empty()) return "metric name must not be empty";
  if (const auto count = characters(name); count > kMaxCharacters) {
    return "metric name must be 128 characters or fewer (got " + std::to_string(count) +
           " characters)";
  }
  const auto segments = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
  if (segments > kMaxSegments) {
    return "metric name must have at most 4 dot-separated segments (got " +
           std::to_string(segments) + ")";
  }
  if (name.front() == '.') return "metric name must not start with a dot";
  if (name.back() == '.') return "metric name must not end with a dot";
  if (name.find("..") != std::string_view::npos) {
    return "metric name must not contain empty segments (consecutive dots)";
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('.', begin), name.size());
    if (auto error = segment_error(name.substr(begin, end - begin)); !error.empty()) return error;
    begin = end + 1;
  }
  return {};
}

void MetricTypes::check(std::string_view name, const Json& value, MetricMode mode) {
  if (auto error = metric_name_error(name); !error.empty()) throw std::invalid_argument(error);
  const Json::Kind kind = value.kind();
  if (kind == Json::Kind::kNull) {
    throw std::invalid_argument(
        "Unsupported metric value type: null. Expected bool, int, float, string, array or object.");
  }
  if (mode == MetricMode::kIncrement && kind != Json::Kind::kInteger &&
      kind != Json::Kind::kNumber) {
    throw std::invalid_argument(std::string("Increment mode requires int or float, got ") +
                                type_name(kind));
  }
  const std::lock_guard lock(mutex_);
  const auto known = types_.find(name);
  if (known == types_.end()) {
    types_.emplace(name, kind);
  } else if (known->second != kind) {
    throw std::invalid_argument("Metric '" + std::string(name) + "' has type " +
                                type_name(known->second) + ", cannot set to " + type_name(kind) +
                                " without deleting first");
  }
}

void MetricTypes::forget(std::string_view name) {
  if (auto error = metric_name_error(name); !error.empty()) throw std::invalid_argument(error);
  const std::lock_guard lock(mutex_);
  if (const auto known = types_.find(name); known != types_.end()) types_.erase(known);
}

}  // namespace cogpp::sdk
