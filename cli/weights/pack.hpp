// Files of a weight as layers, never compressed (cog-cli §11.6, docs/compatibility.md):
// small files together in path order, each large one alone. The same files give the
// same layers. Main thread.
#pragma once

#include <string>
#include <vector>

#include "cli/image/image.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/store.hpp"

namespace cogpp::cli {

inline constexpr const char* kWeightArtifact = "application/vnd.cog.weight.v1";
inline constexpr const char* kWeightConfig = "application/vnd.cog.weight.config.v1+json";
inline constexpr const char* kWeightNameKey = "run.cog.weight.name";
inline constexpr const char* kWeightTargetKey = "run.cog.weight.target";
inline constexpr const char* kWeightSetKey = "run.cog.weight.set-digest";
inline constexpr const char* kWeightSizeKey = "run.cog.weight.size.uncompressed";

/// Files below this size share layers.
inline constexpr std::uint64_t kBundledFile = std::uint64_t{64} << 20U;
/// A shared layer holds files up to this sum.
inline constexpr std::uint64_t kBundleSize = std::uint64_t{256} << 20U;

/// The digest of these rules, which weights.lock keeps: other rules, other layers.
std::string packing_rules();

/// A file of the store and where it goes.
struct PackedFile {
  std::string path;
  std::uint64_t size = 0;
  Digest digest;
};

struct Packed {
  std::vector<LockedFile> files;    ///< By path.
  std::vector<LockedLayer> layers;  ///< By digest.
  std::vector<Blob> blobs;          ///< The layers' bytes, in that order.
};

/// `files` in path order. `known`, if any, was packed by these rules: a layer of the same
/// files has the digest it says and is not read for it.
Result<Packed> pack_weight(const std::vector<PackedFile>& files, const WeightStore& store,
                           const LockedWeight* known);

/// What is pushed of a weight: layers, the list of its files, and the manifest. `locked`
/// has all but its digest, which is the manifest's.
Image weight_image(const LockedWeight& locked, std::vector<Blob> blobs);

/// `cog-weight.NAME.0123456789ab`, the tag in the model's repository.
std::string weight_tag(const std::string& name, const Digest& set_digest);

}  // namespace cogpp::cli
