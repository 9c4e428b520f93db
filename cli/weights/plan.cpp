// The lock is believed where the sources' fingerprints are what they were.
#include "cli/weights/plan.hpp"

#include <algorithm>
#include <map>

#include "cli/image/image_config.hpp"
#include "cli/registry/progress.hpp"
#include "cli/weights/drift.hpp"
#include "cli/weights/pack.hpp"
#include "cli/weights/pattern.hpp"

namespace cogpp::cli {
namespace {

const char* plan_status_text(PlanStatus status) {
  switch (status) {
    case PlanStatus::kNew:
      return "new";
    case PlanStatus::kUnchanged:
      return "unchanged";
    case PlanStatus::kConfigChanged:
      return "config-changed";
    case PlanStatus::kUpstreamChanged:
      return "upstream-changed";
  }
  return "";
}

/// What of the sources' fingerprints is not what the lock has.
std::vector<std::string> fingerprint_changes(const std::vector<LockedSource>& now,
                                             const LockedWeight& locked) {
  std::vector<std::string> changes;
  for (std::size_t i = 0; i < now.size(); ++i) {
    if (now[i].fingerprint == locked.sources[i].fingerprint) continue;
    const std::string prefix = now.size() > 1 ? "source[" + std::to_string(i) + "] " : "";
    changes.push_back(prefix + "fingerprint: " + locked.sources[i].fingerprint + " → " +
                      now[i].fingerprint);
  }
  return changes;
}

void compare(WeightPlan& plan, const LockedWeight* locked) {
  if (locked == nullptr) return;
  plan.status = PlanStatus::kConfigChanged;
  plan.changes = weight_changes(plan.weight, *locked);
  if (!plan.changes.empty()) return;
  plan.status = PlanStatus::kUpstreamChanged;
  plan.changes = fingerprint_changes(plan.sources, *locked);
  if (!plan.changes.empty()) return;
  plan.status = PlanStatus::kUnchanged;
  std::map<std::string, const LockedFile*> known;
  for (const LockedFile& file : locked->files) known[file.path] = &file;
  for (WeightFile& file : plan.files) {
    const auto found = known.find(file.path);
    if (file.digest || found == known.end()) continue;
    file.digest = found->second->digest;
    file.size = found->second->size;
  }
}

void add_file_lines(std::vector<std::string>& lines, const char* what, const char* sign,
                    const std::vector<WeightFile>& files) {
  lines.push_back(std::string("  ") + what + " (" + std::to_string(files.size()) + " files):");
  for (const WeightFile& file : files) {
    lines.push_back(std::string("    ") + sign + " " + file.path + " (" + format_size(file.size) +
                    ")");
  }
}

}  // namespace

std::uint64_t WeightPlan::size() const {
  std::uint64_t sum = 0;
  for (const WeightFile& file : files) sum += file.size;
  return sum;
}

Result<WeightPlan> plan_weight(const schema::WeightConfig& weight,
                               const std::filesystem::path& project, const WeightsLock* lock,
                               const WeightStore& store, Context& context) {
  WeightPlan plan{.weight = weight};
  std::map<std::string, WeightFile> taken;
  std::map<std::string, WeightFile> left;
  for (const schema::WeightSource& source : weight.sources) {
    Result<Inventory> inventory = list_source(source.uri, project, store, context);
    if (!inventory) return inventory.error().within("weight \"" + weight.name + "\"");
    LockedSource locked = normalized_source(source);
    locked.fingerprint = inventory->fingerprint;
    plan.sources.push_back(std::move(locked));
    for (WeightFile& file : inventory->files) {
      const bool selected = is_selected(source.include, source.exclude, file.path);
      (selected ? taken : left).insert_or_assign(file.path, std::move(file));
    }
  }
  for (auto& [path, file] : taken) {
    left.erase(path);
    plan.files.push_back(std::move(file));
  }
  for (auto& [path, file] : left) plan.excluded.push_back(std::move(file));
  if (plan.files.empty()) {
    return Error{"weight \"" + weight.name + "\" has no files; look at its source and patterns"};
  }
  compare(plan, lock == nullptr ? nullptr : lock->find(weight.name));
  return plan;
}

std::vector<std::string> plan_lines(const WeightPlan& plan, bool all_files) {
  const std::string sign = plan.status == PlanStatus::kNew         ? "+ "
                           : plan.status == PlanStatus::kUnchanged ? "= "
                                                                   : "~ ";
  std::vector<std::string> lines;
  const std::vector<schema::WeightSource>& sources = plan.weight.sources;
  const std::string only = sources.size() == 1 ? "  " + sources.front().uri : "  ";
  lines.push_back(sign + plan.weight.name + only + (sources.size() == 1 ? " → " : "→ ") +
                  plan.weight.target);
  for (std::size_t i = 0; i < sources.size() && sources.size() > 1; ++i) {
    lines.push_back("  source[" + std::to_string(i) + "]: " + sources[i].uri);
  }
  lines.push_back(std::string("  status: ") + plan_status_text(plan.status));
  for (const std::string& change : plan.changes) lines.push_back("  changed: " + change);
  lines.push_back("  files: " + std::to_string(plan.files.size()) +
                  "  size: " + format_size(plan.size()));
  if (all_files) {
    if (!plan.excluded.empty()) add_file_lines(lines, "excluded", "-", plan.excluded);
    add_file_lines(lines, "included", "+", plan.files);
  }
  lines.emplace_back();
  return lines;
}

Result<BuiltWeight> build_weight(WeightPlan& plan, const WeightsLock* lock,
                                 const WeightStore& store, std::int64_t now, Context& context) {
  if (const Status filled = fill_store(plan.files, store, context); !filled) return filled.error();
  std::vector<PackedFile> files;
  std::vector<NamedDigest> names;
  for (const WeightFile& file : plan.files) {
    files.push_back({file.path, file.size, *file.digest});
    names.push_back({file.path, *file.digest});
  }
  const LockedWeight* before = lock == nullptr ? nullptr : lock->find(plan.weight.name);
  const bool same_rules = lock != nullptr && lock->envelope == packing_rules();
  Result<Packed> packed = pack_weight(files, store, same_rules ? before : nullptr);
  if (!packed) return packed.error();
  LockedWeight locked{.name = plan.weight.name,
                      .target = plan.weight.target,
                      .sources = plan.sources,
                      .imported_at = utc_time(now),
                      .digest = Digest::of(""),
                      .set_digest = digest_of_set(names),
                      .size = plan.size(),
                      .files = std::move(packed->files),
                      .layers = std::move(packed->layers)};
  for (const LockedLayer& layer : locked.layers) locked.compressed += layer.size;
  Image image = weight_image(locked, std::move(packed->blobs));
  locked.digest = image.descriptor.digest;
  if (before != nullptr) {
    LockedWeight renewed = locked;
    renewed.imported_at = before->imported_at;
    if (renewed == *before) locked = std::move(renewed);
  }
  return BuiltWeight{.locked = std::move(locked), .image = std::move(image)};
}

}  // namespace cogpp::cli
