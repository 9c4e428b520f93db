// A table with columns as wide as what they hold, or JSON.
#include "cli/weights/status.hpp"

#include <algorithm>
#include <array>

#include "cli/registry/progress.hpp"
#include "cli/weights/drift.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

constexpr std::size_t kColumns = 6;
constexpr std::size_t kGap = 2;
constexpr std::size_t kDigestDigits = 12;

using StatusRow = std::array<std::string, kColumns>;

const char* weight_state_text(WeightState state) {
  switch (state) {
    case WeightState::kReady:
      return "ready";
    case WeightState::kIncomplete:
      return "incomplete";
    case WeightState::kStale:
      return "stale";
    case WeightState::kPending:
      return "pending";
    case WeightState::kOrphaned:
      return "orphaned";
  }
  return "";
}

const char* layer_state_text(bool there) { return there ? "ready" : "missing"; }

std::string short_digest(const Digest& digest) {
  return "sha256:" + digest.hex().substr(0, kDigestDigits);
}

StatusRow row_of(const WeightReport& report) {
  const auto& locked = report.locked;
  return {report.name,
          report.target,
          weight_state_text(report.state),
          locked ? format_size(locked->size) : "-",
          locked ? std::to_string(locked->layers.size()) : "-",
          locked ? short_digest(locked->digest) : "-"};
}

/// As many characters as a terminal shows: continuation bytes of UTF-8 do not count.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

void add_layer_rows(const WeightReport& report, std::vector<StatusRow>& rows) {
  for (std::size_t i = 0; i < report.layers.size(); ++i) {
    const LockedLayer& layer = report.locked->layers[i];
    const bool last = i + 1 == report.layers.size();
    rows.push_back({last ? "└─" : "├─", "", layer_state_text(report.layers[i]),
                    format_size(layer.size), "", short_digest(layer.digest)});
  }
}

}  // namespace

std::vector<WeightReport> compare_weights(const std::vector<schema::WeightConfig>& weights,
                                          const std::optional<WeightsLock>& lock) {
  std::vector<WeightReport> reports;
  for (const schema::WeightConfig& weight : weights) {
    WeightReport report{.name = weight.name, .target = weight.target};
    if (const LockedWeight* locked = lock ? lock->find(weight.name) : nullptr) {
      report.locked = *locked;
      report.state =
          weight_changes(weight, *locked).empty() ? WeightState::kReady : WeightState::kStale;
    }
    reports.push_back(std::move(report));
  }
  for (const LockedWeight& locked : lock ? lock->weights : std::vector<LockedWeight>()) {
    const bool known = std::any_of(weights.begin(), weights.end(),
                                   [&](const auto& weight) { return weight.name == locked.name; });
    if (known) continue;
    reports.push_back({.name = locked.name,
                       .target = locked.target,
                       .state = WeightState::kOrphaned,
                       .locked = locked});
  }
  return reports;
}

Status check_layers(std::vector<WeightReport>& reports, const std::string& repository,
                    Registry& registry) {
  for (WeightReport& report : reports) {
    if (report.state != WeightState::kReady) continue;
    for (const LockedLayer& layer : report.locked->layers) {
      const Result<bool> there = registry.has_blob(repository, layer.digest);
      if (!there) return there.error();
      report.layers.push_back(*there);
      if (!*there) report.state = WeightState::kIncomplete;
    }
  }
  return {};
}

bool all_ready(const std::vector<WeightReport>& reports) {
  return std::all_of(reports.begin(), reports.end(), [](const WeightReport& report) {
    return report.state == WeightState::kReady;
  });
}

std::string status_table(const std::vector<WeightReport>& reports, bool layers) {
  std::vector<StatusRow> rows = {{"NAME", "TARGET", "STATUS", "SIZE", "LAYERS", "DIGEST"}};
  for (const WeightReport& report : reports) {
    rows.push_back(row_of(report));
    if (layers) add_layer_rows(report, rows);
  }
  std::array<std::size_t, kColumns> widths{};
  for (const StatusRow& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string table;
  for (const StatusRow& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      table += row[i];
      if (i + 1 < kColumns) table += std::string(widths[i] - width_of(row[i]) + kGap, ' ');
    }
    table += "\n";
  }
  return table;
}

std::string status_json(const std::vector<WeightReport>& reports) {
  OrderedJson json = {{"weights", OrderedJson::array()}};
  for (const WeightReport& report : reports) {
    OrderedJson item = {{"name", report.name},
                        {"target", report.target},
                        {"status", weight_state_text(report.state)}};
    if (const auto& locked = report.locked) {
      item["size"] = locked->size;
      item["sizeCompressed"] = locked->compressed;
      item["layerCount"] = locked->layers.size();
      item["fileCount"] = locked->files.size();
      item["digest"] = locked->digest.text();
      if (!locked->sources.empty()) {
        item["source"] = {{"uri", locked->sources.front().uri},
                          {"fingerprint", locked->sources.front().fingerprint}};
      }
    }
    for (std::size_t i = 0; i < report.layers.size(); ++i) {
      const LockedLayer& layer = report.locked->layers[i];
      item["layers"].push_back({{"digest", layer.digest.text()},
                                {"size", layer.size},
                                {"status", layer_state_text(report.layers[i])}});
    }
    json["weights"].push_back(std::move(item));
  }
  return indented_text(json) + "\n";
}

}  // namespace cogpp::cli
