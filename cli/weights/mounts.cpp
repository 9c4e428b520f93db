// A name of a weight is one part of a path, and the paths of its files stay below it:
// parse_lock() has seen to both.
#include "cli/weights/mounts.hpp"

#include <system_error>
#include <utility>

#include "cli/support/program.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

Status check_complete(const LockedWeight& weight, const WeightStore& store) {
  for (const LockedFile& file : weight.files) {
    if (store.has(file.digest, file.size)) continue;
    return Error{"weight \"" + weight.name + "\" is not fully cached locally (missing " +
                 file.path + "); run '" + program_name() + " weights pull' first"};
  }
  return {};
}

std::error_code link_weight(const LockedWeight& weight, const WeightStore& store,
                            const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  for (const LockedFile& file : weight.files) {
    if (error) return error;
    const fs::path link = folder / file.path;
    fs::create_directories(link.parent_path(), error);
    if (!error) fs::create_hard_link(store.file(file.digest), link, error);
  }
  return error;
}

/// The folder that holds all of them; the code says what went wrong first.
Result<TemporaryDirectory> link_all(const std::vector<LockedWeight>& weights,
                                    const WeightStore& store, const fs::path& parent,
                                    std::error_code& error) {
  remove_abandoned(parent);
  Result<TemporaryDirectory> directory = TemporaryDirectory::create(parent);
  if (!directory) return directory;
  for (const LockedWeight& weight : weights) {
    error = link_weight(weight, store, directory->path() / weight.name);
    if (error)
      return Error{"links to the weight \"" + weight.name + "\" in " + parent.string() + ": " +
                   error.message()};
  }
  return directory;
}

}  // namespace

Result<WeightMounts> WeightMounts::create(const std::vector<LockedWeight>& weights,
                                          const WeightStore& store, const fs::path& state) {
  WeightMounts mounts;
  if (weights.empty()) return mounts;
  for (const LockedWeight& weight : weights) {
    if (const Status complete = check_complete(weight, store); !complete) return complete.error();
  }
  std::vector<fs::path> parents;
  if (!state.empty()) parents.push_back(state / "mounts");
  parents.push_back(store.root() / "mounts");
  for (const fs::path& parent : parents) {
    std::error_code error;
    Result<TemporaryDirectory> directory = link_all(weights, store, parent, error);
    if (!directory && error == std::errc::cross_device_link && parent != parents.back()) continue;
    if (!directory) return directory.error();
    for (const LockedWeight& weight : weights) {
      mounts.folders_.push_back({directory->path() / weight.name, weight.target});
    }
    mounts.directory_.push_back(std::move(*directory));
    break;
  }
  return mounts;
}

}  // namespace cogpp::cli
