// cogpp weights import|pull|status: managed weights of a bundle (cog-cli §11).
#include <algorithm>
#include <ctime>

#include "cli/commands/commands.hpp"
#include "cli/registry/model_reference.hpp"
#include "cli/registry/push.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "cli/weights/pack.hpp"
#include "cli/weights/plan.hpp"
#include "cli/weights/pull.hpp"
#include "cli/weights/status.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// What all three need.
struct WeightsProject {
  schema::Config config;
  fs::path directory;
  ImageReference model;
  std::optional<WeightsLock> lock;
  std::int64_t now = 0;
};

Result<WeightsProject> open_weights(const WeightsOptions& options) {
  std::error_code error;
  const fs::path start = fs::current_path(error);
  if (error) return Error{"the current directory cannot be read: " + error.message()};
  const Result<schema::LoadedConfig> loaded =
      schema::load_config(start, config_options(options.project));
  if (!loaded) return loaded.error().within("failed to read config");
  WeightsProject project{
      .config = loaded->config, .directory = loaded->directory, .now = std::time(nullptr)};
  Result<std::optional<ImageReference>> model = resolve_model(project.config, project.now);
  if (!model) return model.error();
  if (!*model) {
    return loaded->error(
        "weight commands require a model ref: set 'model' in cog.yaml, or export COG_MODEL / "
        "COG_MODEL_REPO");
  }
  if (project.config.weights.empty()) return loaded->error("no weights defined in cog.yaml");
  project.model = std::move(**model);
  Result<std::optional<WeightsLock>> lock = read_lock(project.directory);
  if (!lock) return lock.error();
  project.lock = std::move(*lock);
  return project;
}

Result<std::unique_ptr<Registry>> connect_weights(const WeightsProject& project, bool push,
                                                  const WeightsOptions& options, Context& context) {
  const Result<RegistryOptions> wanted = registry_options(options.plain_http, context);
  if (!wanted) return wanted.error();
  return Registry::connect(project.model, push, *wanted, context);
}

bool is_wanted(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + "(s)";
}

Result<std::vector<WeightPlan>> make_plans(const WeightsProject& project,
                                           const WeightsOptions& options, const WeightStore& store,
                                           Context& context) {
  const std::vector<schema::WeightConfig>& all = project.config.weights;
  for (const std::string& name : options.names) {
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const auto& weight) { return weight.name == name; });
    if (!known) return Error{"weight \"" + name + "\" not found in cog.yaml"};
  }
  std::vector<WeightPlan> plans;
  const WeightsLock* lock = project.lock ? &*project.lock : nullptr;
  for (const schema::WeightConfig& weight : all) {
    if (!is_wanted(options.names, weight.name)) continue;
    Result<WeightPlan> plan = plan_weight(weight, project.directory, lock, store, context);
    if (!plan) return plan.error();
    for (const std::string& line : plan_lines(*plan, options.verbose)) context.console.info(line);
    plans.push_back(std::move(*plan));
  }
  return plans;
}

Result<std::vector<BuiltWeight>> build_weights(std::vector<WeightPlan>& plans,
                                               const WeightsProject& project,
                                               const WeightStore& store, Context& context) {
  context.console.info("Building " + counted(plans.size(), "weight") + "...");
  std::vector<BuiltWeight> built;
  for (WeightPlan& plan : plans) {
    if (context.interrupt.take() != 0) return interrupted();
    Result<BuiltWeight> one =
        build_weight(plan, project.lock ? &*project.lock : nullptr, store, project.now, context);
    if (!one) return one.error();
    const LockedWeight& locked = one->locked;
    context.console.info("  " + locked.name + " -> " + locked.target + " (" +
                         counted(locked.layers.size(), "layer") + ", " + format_size(locked.size) +
                         ")");
    built.push_back(std::move(*one));
  }
  return built;
}

/// The lock with what was built in place of what it had, in cog.yaml's order; what
/// cog.yaml does not name any more goes.
WeightsLock renewed_lock(const WeightsProject& project, const std::vector<BuiltWeight>& built) {
  WeightsLock lock{.envelope = packing_rules()};
  for (const schema::WeightConfig& weight : project.config.weights) {
    const auto found = std::find_if(built.begin(), built.end(), [&](const BuiltWeight& one) {
      return one.locked.name == weight.name;
    });
    const LockedWeight* before = project.lock ? project.lock->find(weight.name) : nullptr;
    if (found != built.end()) {
      lock.weights.push_back(found->locked);
    } else if (before != nullptr) {
      lock.weights.push_back(*before);
    }
  }
  return lock;
}

Status push_weights(const std::vector<BuiltWeight>& built, const WeightsProject& project,
                    Registry& registry, Context& context) {
  const std::string name = project.model.name();
  context.console.info("\nPushing " + counted(built.size(), "weight") + " to " + name + "...");
  for (const BuiltWeight& one : built) {
    const std::string tag = weight_tag(one.locked.name, one.locked.set_digest);
    const Status pushed = push_image(one.image, project.model.repository, tag, registry, context);
    if (!pushed && pushed.error() == interrupted()) return pushed;
    if (!pushed) return pushed.error().within("failed to push weight \"" + one.locked.name + "\"");
    context.console.info("  " + one.locked.name + ": " + name + "@" + one.locked.digest.text());
  }
  return {};
}

Status import_weights(const WeightsOptions& options, Context& context) {
  const Result<WeightsProject> project = open_weights(options);
  if (!project) return project.error();
  const WeightStore store = WeightStore::of_user();
  Result<std::vector<WeightPlan>> plans = make_plans(*project, options, store, context);
  if (!plans) return plans.error();
  if (options.dry_run) return {};
  const auto registry = connect_weights(*project, true, options, context);
  if (!registry) return registry.error();
  const Result<std::vector<BuiltWeight>> built = build_weights(*plans, *project, store, context);
  if (!built) return built.error();
  if (Status pushed = push_weights(*built, *project, **registry, context); !pushed) return pushed;
  const WeightsLock lock = renewed_lock(*project, *built);
  if (Status written = write_lock(project->directory, lock); !written) return written;
  std::uint64_t total = 0;
  for (const BuiltWeight& one : *built) total += one.locked.size;
  context.console.info("\nImported " + counted(built->size(), "weight artifact") + " to " +
                       project->model.name());
  context.console.info("Total: " + format_size(total));
  return {};
}

void tell_missing(const WeightToPull& pull, Console& console) {
  const LockedWeight& weight = pull.weight;
  console.info("Pulling " + weight.name + " -> " + weight.target);
  console.info("  manifest: " + weight.digest.text());
  console.info("  files:    " + std::to_string(pull.files()) + " missing / " +
               std::to_string(weight.files.size()) + " total");
  for (const MissingLayer& layer : pull.missing) {
    console.info("  layer " + layer.layer.digest.hex().substr(0, 12) + " (" +
                 format_size(layer.layer.size) + ")");
    for (const LockedFile& file : layer.files) {
      console.info("    " + file.path + " (" + format_size(file.size) + ") " +
                   file.digest.hex().substr(0, 12));
    }
  }
}

void tell_pulled(const std::vector<WeightToPull>& pulls, Console& console) {
  std::size_t files = 0;
  std::size_t layers = 0;
  std::size_t cached = 0;
  std::uint64_t bytes = 0;
  for (const WeightToPull& pull : pulls) {
    files += pull.files();
    layers += pull.missing.size();
    bytes += pull.bytes();
    cached += pull.missing.empty() ? 1 : 0;
  }
  const std::string all = counted(pulls.size(), "weight");
  if (cached == pulls.size()) return console.info("All " + all + " already cached.");
  console.info("Pulled " + format_size(bytes) + " across " + counted(files, "file") + " / " +
               counted(layers, "layer") + " for " + all + "; " + std::to_string(cached) +
               " already cached.");
}

Status check_names(const std::vector<std::string>& names, const WeightsLock& lock) {
  std::string unknown;
  for (const std::string& name : names) {
    if (lock.find(name) == nullptr) unknown += (unknown.empty() ? "" : " ") + name;
  }
  if (unknown.empty()) return {};
  return Error{"unknown weight(s): [" + unknown + "]"};
}

Status pull_weights(const WeightsOptions& options, Context& context) {
  const Result<WeightsProject> project = open_weights(options);
  if (!project) return project.error();
  if (!project->lock) {
    return Error{std::string(kLockFile) + " not found (run '" + program_name() +
                 " weights import' first)"};
  }
  if (Status known = check_names(options.names, *project->lock); !known) return known;
  const WeightStore store = WeightStore::of_user();
  if (options.verbose) {
    context.console.info("Cache:    " + store.root().string());
    context.console.info("Lockfile: " + (project->directory / kLockFile).string());
  }
  std::vector<WeightToPull> pulls;
  for (const LockedWeight& weight : project->lock->weights) {
    if (is_wanted(options.names, weight.name)) {
      pulls.push_back({weight, missing_layers(weight, store)});
    }
  }
  std::unique_ptr<Registry> registry;  // reached when there is something to fetch
  for (const WeightToPull& pull : pulls) {
    if (options.verbose) tell_missing(pull, context.console);
    if (pull.missing.empty()) {
      const std::string all = std::to_string(pull.weight.files.size());
      context.console.info("Pulling " + pull.weight.name + "... cached (" + all + "/" + all +
                           " files)");
      continue;
    }
    if (!registry) {
      Result<std::unique_ptr<Registry>> reached =
          connect_weights(*project, false, options, context);
      if (!reached) return reached.error();
      registry = std::move(*reached);
    }
    Status pulled = pull_weight(pull, project->model.repository, *registry, store, context);
    if (!pulled) return pulled;
  }
  tell_pulled(pulls, context.console);
  return {};
}

Status show_weights(const WeightsOptions& options, Context& context) {
  const Result<WeightsProject> project = open_weights(options);
  if (!project) return project.error();
  std::vector<WeightReport> reports = compare_weights(project->config.weights, project->lock);
  const bool any = std::any_of(reports.begin(), reports.end(), [](const WeightReport& report) {
    return report.state == WeightState::kReady;
  });
  if (any) {
    const auto registry = connect_weights(*project, false, options, context);
    if (!registry) return registry.error();
    const Status checked = check_layers(reports, project->model.repository, **registry);
    if (!checked) return checked;
  }
  const Status printed =
      print(options.json ? status_json(reports) : status_table(reports, options.verbose));
  if (!printed || all_ready(reports)) return printed;
  return Error{"not all weights are ready"};
}

}  // namespace

Status run_weights(const WeightsOptions& options, Context& context) {
  context.console.warn("NOTE: " + program_name() +
                       " weights is experimental. Behavior may change in future versions.\n"
                       "Do not rely on it in production workflows.\n");
  if (options.action == WeightsAction::kImport) return import_weights(options, context);
  if (options.action == WeightsAction::kPull) return pull_weights(options, context);
  return show_weights(options, context);
}

}  // namespace cogpp::cli
