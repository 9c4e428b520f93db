// Weights of a lock from the registry into the user's store (cog-cli §11.2). Main thread.
#pragma once

#include <string>
#include <vector>

#include "cli/registry/push.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/store.hpp"

namespace cogpp::cli {

/// A layer and what of its files the store lacks.
struct MissingLayer {
  LockedLayer layer;
  std::vector<LockedFile> files;
};

/// What has to be fetched for the weight to be complete; empty: nothing.
std::vector<MissingLayer> missing_layers(const LockedWeight& weight, const WeightStore& store);

/// A weight and what the store lacks of it.
struct WeightToPull {
  const LockedWeight& weight;
  std::vector<MissingLayer> missing;

  std::size_t files() const;
  std::uint64_t bytes() const;
};

/// Fetches what is missing and says so, before and after.
Status pull_weight(const WeightToPull& pull, const std::string& repository, Registry& registry,
                   const WeightStore& store, Context& context);

/// Fetches them in parallel, checks every file's digest and puts it into the store.
Status fetch_layers(const std::vector<MissingLayer>& missing, const std::string& repository,
                    Registry& registry, const WeightStore& store, Context& context);

}  // namespace cogpp::cli
