// An image without a registry in its name is this machine's own: nobody is asked about it.
#include "cli/commands/image_weights.hpp"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "cli/registry/reference.hpp"
#include "cli/support/process.hpp"
#include "cli/weights/bundle.hpp"
#include "cli/weights/pull.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

const LockedWeight* find_weight(const std::vector<LockedWeight>& weights,
                                const ImageWeight& wanted) {
  const auto found = std::find_if(weights.begin(), weights.end(), [&](const LockedWeight& weight) {
    return weight.name == wanted.name && weight.target == wanted.target;
  });
  return found == weights.end() ? nullptr : &*found;
}

/// Of the wanted weights those that are here; these leave `wanted`.
std::vector<LockedWeight> take_known(std::vector<ImageWeight>& wanted,
                                     const std::vector<LockedWeight>& here) {
  std::vector<LockedWeight> known;
  std::erase_if(wanted, [&](const ImageWeight& weight) {
    const LockedWeight* found = find_weight(here, weight);
    if (found != nullptr) known.push_back(*found);
    return found != nullptr;
  });
  return known;
}

/// What the bundle of that name has of the wanted weights, with all their files in the store.
Result<std::vector<LockedWeight>> fetch_wanted(const std::string& image,
                                               std::vector<ImageWeight>& wanted,
                                               const WeightStore& store, Context& context) {
  const Result<ImageReference> reference = parse_reference(image);
  if (!reference || reference->registry == kDockerHub) return std::vector<LockedWeight>();
  const Result<RegistryOptions> options = registry_options(false, context);
  if (!options) return options.error();
  const auto registry = Registry::connect(*reference, false, *options, context);
  if (!registry) return registry.error();
  const auto bundle = fetch_weights(*reference, store, **registry);
  if (!bundle) return bundle.error();
  std::vector<LockedWeight> known = take_known(wanted, *bundle);
  for (const LockedWeight& weight : known) {
    const WeightToPull pull{weight, missing_layers(weight, store)};
    if (pull.missing.empty()) continue;
    const Status pulled = pull_weight(pull, reference->repository, **registry, store, context);
    if (!pulled) return pulled.error();
  }
  return known;
}

}  // namespace

Status mount_weights(ImageRun& run, const std::vector<LockedWeight>& weights,
                     const fs::path& state) {
  Result<WeightMounts> mounts = WeightMounts::create(weights, WeightStore::of_user(), state);
  if (!mounts) return mounts.error();
  run.weights = std::move(*mounts);
  for (const WeightMounts::Folder& folder : run.weights.folders()) {
    run.mounts.push_back({.source = folder.source, .target = folder.target, .read_only = true});
  }
  return {};
}

Status mount_image_weights(ImageRun& run, const ProjectChoice& choice, Context& context) {
  std::vector<ImageWeight> wanted = run.model.weights;
  if (wanted.empty()) return {};
  const std::string& image = run.model.image;
  const Result<Project> project = load_project(choice);
  Result<std::optional<WeightsLock>> lock = std::optional<WeightsLock>();
  if (project) lock = read_lock(project->directory);
  if (!lock) return lock.error();
  std::vector<LockedWeight> known;
  if (*lock) known = take_known(wanted, (*lock)->weights);
  std::string reason;
  if (!wanted.empty()) {
    const auto fetched = fetch_wanted(image, wanted, WeightStore::of_user(), context);
    if (!fetched && fetched.error() == interrupted()) return fetched.error();
    if (fetched) known.insert(known.end(), fetched->begin(), fetched->end());
    if (!fetched) reason = " (" + fetched.error().message + ")";
  }
  for (const ImageWeight& weight : wanted) {
    context.console.warn("image " + image + " wants the weight \"" + weight.name + "\" at " +
                         weight.target + ", which is not mounted" + reason +
                         ": run it in the folder of its project, whose " + kLockFile +
                         " says what it is, or by the name that it was pushed under");
  }
  return mount_weights(run, known, project ? state_directory(*project) : fs::path());
}

}  // namespace cogpp::cli
