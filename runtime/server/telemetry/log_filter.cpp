// The part of tracing's directives that is about targets and levels; spans and fields, in
// brackets, there are none of here.
#include "runtime/server/telemetry/log_filter.hpp"

#include <algorithm>
#include <utility>

namespace cogpp::server {
namespace {

struct LevelName {
  std::string_view name;
  std::optional<LogLevel> least;
};

constexpr LevelName kDirectiveLevels[] = {
    {"off", std::nullopt},     {"error", LogLevel::kError}, {"warn", LogLevel::kWarning},
    {"info", LogLevel::kInfo}, {"debug", LogLevel::kDebug}, {"trace", LogLevel::kDebug},
};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

const LevelName* level_named(std::string_view name) {
  const auto same = [name](const LevelName& one) {
    return std::ranges::equal(one.name, name, {}, {}, [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  };
  const auto found = std::ranges::find_if(kDirectiveLevels, same);
  return found == std::end(kDirectiveLevels) ? nullptr : &*found;
}

}  // namespace

LogFilter::LogFilter(std::string_view directives, std::string_view level) {
  for (std::string_view rest = directives; !rest.empty();) {
    const auto comma = rest.find(',');
    add(trimmed(rest.substr(0, comma)));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  if (rules_.empty()) {
    rules_ = {{"coglet::setup", LogLevel::kInfo}, {"coglet::user", LogLevel::kInfo}};
    const LevelName* named = level_named(level == "warning" ? "warn" : level);
    const bool known = named != nullptr && named->least && level != "trace";
    rules_.push_back({"", known ? *named->least : LogLevel::kInfo});
  }
  std::ranges::stable_sort(rules_, std::ranges::greater{},
                           [](const Rule& rule) { return rule.target.size(); });
}

void LogFilter::add(std::string_view directive) {
  if (directive.empty() || directive.find('[') != std::string_view::npos) return;
  const auto equals = directive.find('=');
  const LevelName* level =
      level_named(equals == std::string_view::npos ? directive : directive.substr(equals + 1));
  if (equals != std::string_view::npos) {
    if (level != nullptr)
      rules_.push_back({std::string(directive.substr(0, equals)), level->least});
  } else if (level != nullptr) {
    rules_.push_back({"", level->least});
  } else {
    rules_.push_back({std::string(directive), LogLevel::kDebug});
  }
}

bool LogFilter::passes(LogLevel level, std::string_view target) const {
  const auto rule = std::ranges::find_if(
      rules_, [target](const Rule& one) { return target.starts_with(one.target); });
  return rule != rules_.end() && rule->least && level >= *rule->least;
}

}  // namespace cogpp::server
