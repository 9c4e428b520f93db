// Lines have Cog's shape (cog-runtime §12): {"level","fields":{"message",…},"target"}.
#include "cli/support/log_relay.hpp"

#include <algorithm>

#include "cli/support/process.hpp"
#include "schema/json.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

/// Bytes that drain() takes at once: more than a pipe holds.
constexpr std::size_t kMostDrained = std::size_t{1} << 20U;

constexpr std::string_view kRules = "RUST_LOG=";

/// Whether the line is the model's output, not the server's own words.
bool is_model_output(const Json& line, const Json& fields) {
  const std::string target = text_member(line, "target");
  return fields.contains("source") || target.ends_with("::setup") || target.ends_with("::user");
}

}  // namespace

void LogRelay::feed(std::string_view piece) {
  line_ += piece;
  std::size_t begin = 0;
  for (auto end = line_.find('\n'); end != std::string::npos; end = line_.find('\n', begin)) {
    show(std::string_view(line_).substr(begin, end - begin));
    begin = end + 1;
  }
  line_.erase(0, begin);
}

void LogRelay::drain(Descriptor& source) {
  std::string text;
  // Bounded, so that a model that writes without end keeps no signal waiting.
  for (std::size_t before = 1;
       source.get() >= 0 && text.size() != before && text.size() < kMostDrained;) {
    before = text.size();
    if (!read_available(source.get(), text)) source.reset();
  }
  feed(text);
}

void LogRelay::finish() {
  if (!line_.empty()) show(line_);
  line_.clear();
}

std::size_t LogRelay::end_prediction() {
  prediction_ended_ = true;
  return prediction_bytes_;
}

void LogRelay::show(std::string_view line) {
  const Result<Json> parsed = line.starts_with('{') ? parse_json(line) : Error{""};
  const bool is_log = parsed && parsed->is_object() && parsed->contains("fields") &&
                      parsed->at("fields").is_object();
  if (is_log && parsed->at("fields").contains("source")) {
    if (prediction_ended_) return;
    const std::string text = text_member(parsed->at("fields"), "message");
    prediction_bytes_ += text.size() - static_cast<std::size_t>(std::ranges::count(text, '\n'));
  }
  if (!is_log || console_.debugging()) {
    console_.raw(std::string(line) + "\n");
    return;
  }
  const Json& fields = parsed->at("fields");
  const std::string level = text_member(*parsed, "level");
  const std::string message = text_member(fields, "message");
  if (is_model_output(*parsed, fields)) {
    console_.raw(message.ends_with('\n') ? message : message + "\n");
  } else if (level == "ERROR") {
    console_.error(message);
  } else if (level == "WARN") {
    console_.warn(message);
  }
}

bool relays_predictions(const std::vector<std::string>& environment) {
  bool relays = true;
  for (const std::string& variable : environment) {
    if (variable.starts_with(kRules)) relays = variable.substr(kRules.size()) == kModelLogs;
  }
  return relays;
}

std::string_view unshown_logs(std::string_view logs, std::size_t shown_bytes) {
  std::size_t begin = 0;
  for (; begin < logs.size() && (shown_bytes > 0 || (begin > 0 && logs[begin] == '\n')); ++begin) {
    if (logs[begin] != '\n') --shown_bytes;
  }
  return logs.substr(begin);
}

}  // namespace cogpp::cli
