// Sources are compared as they are written, brought to one form.
#include "cli/weights/drift.hpp"

#include <algorithm>

#include "cli/support/program.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// `[a b]`
std::string list_text(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text += (text.size() > 1 ? " " : "") + item;
  return text + "]";
}

void note(std::vector<std::string>& changes, const std::string& what, const std::string& before,
          const std::string& now) {
  if (before != now) changes.push_back(what + ": " + before + " → " + now);
}

std::string joined_changes(const std::vector<std::string>& changes) {
  std::string text;
  for (const std::string& change : changes) text += (text.empty() ? "" : "; ") + change;
  return text;
}

}  // namespace

std::string normalized_uri(const std::string& uri) {
  std::string path = uri;
  if (uri.starts_with(kFileScheme)) {
    path = uri.substr(kFileScheme.size());
  } else if (uri.find("://") != std::string::npos) {
    return uri;
  }
  std::string plain = fs::path(path.empty() ? "." : path).lexically_normal().string();
  while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
  if (plain.front() == '/') return std::string(kFileScheme) + plain;
  return std::string(kFileScheme) + (plain == "." ? "." : "./" + plain);
}

LockedSource normalized_source(const schema::WeightSource& source) {
  LockedSource normalized{.uri = normalized_uri(source.uri),
                          .fingerprint = {},
                          .include = source.include,
                          .exclude = source.exclude};
  std::sort(normalized.include.begin(), normalized.include.end());
  std::sort(normalized.exclude.begin(), normalized.exclude.end());
  return normalized;
}

std::vector<std::string> weight_changes(const schema::WeightConfig& weight,
                                        const LockedWeight& locked) {
  std::vector<std::string> changes;
  note(changes, "target", locked.target, weight.target);
  const std::size_t count = weight.sources.size();
  if (count != locked.sources.size()) {
    note(changes, "source count", std::to_string(locked.sources.size()), std::to_string(count));
    return changes;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string prefix = count > 1 ? "source[" + std::to_string(i) + "]." : "";
    const LockedSource now = normalized_source(weight.sources[i]);
    const LockedSource& before = locked.sources[i];
    note(changes, prefix + "uri", before.uri, now.uri);
    note(changes, prefix + "include", list_text(before.include), list_text(now.include));
    note(changes, prefix + "exclude", list_text(before.exclude), list_text(now.exclude));
  }
  return changes;
}

Status check_weights_lock(const std::vector<schema::WeightConfig>& weights,
                          const std::optional<WeightsLock>& lock) {
  std::string lines;
  const auto add = [&](const std::string& name, const std::string& text) {
    lines += "  - \"" + name + "\": " + text + "\n";
  };
  for (const schema::WeightConfig& weight : weights) {
    const LockedWeight* locked = lock ? lock->find(weight.name) : nullptr;
    if (locked == nullptr) {
      add(weight.name, "not imported yet");
    } else if (const auto changes = weight_changes(weight, *locked); !changes.empty()) {
      add(weight.name, "config changed (" + joined_changes(changes) + ")");
    }
  }
  for (const LockedWeight& locked : lock ? lock->weights : std::vector<LockedWeight>()) {
    const bool known = std::any_of(weights.begin(), weights.end(),
                                   [&](const auto& weight) { return weight.name == locked.name; });
    if (!known) add(locked.name, "removed from cog.yaml but still in lockfile");
  }
  if (lines.empty()) return {};
  return Error{std::string(kLockFile) + " is out of sync with cog.yaml:\n" + lines + "Run '" +
               program_name() + " weights import' to update."};
}

Status check_weights_lock(const std::vector<schema::WeightConfig>& weights,
                          const fs::path& directory) {
  const Result<std::optional<WeightsLock>> lock = read_lock(directory);
  if (!lock) return lock.error();
  return check_weights_lock(weights, *lock);
}

}  // namespace cogpp::cli
