// A model as a registry keeps it when it has managed weights: an index of the image and
// of each weight's manifest, all in one repository (cog-cli §10.5). Main thread.
#pragma once

#include <string>
#include <vector>

#include "cli/registry/push.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/store.hpp"

namespace cogpp::cli {

/// The tag under which a bundle's image goes beside the bundle.
std::string bundle_image_tag(const std::string& tag);

/// The weights' descriptors for the index; the registry must have each of them. The error
/// names the weight and what to run first.
Result<std::vector<OciDescriptor>> find_weights(const std::vector<LockedWeight>& weights,
                                                const std::string& repository, Registry& registry);

/// The weights that the bundle of this name has, as a lock would say it; none where the name
/// is an image's alone. `store` has room for what is read on the way.
Result<std::vector<LockedWeight>> fetch_weights(const ImageReference& model,
                                                const WeightStore& store, Registry& registry);

/// The index of `image`, made for `platform`, and `weights`.
std::string bundle_text(OciDescriptor image, const Platform& platform,
                        const std::vector<OciDescriptor>& weights);

/// Pushes the image and then the index under the model's tag. The digest is the index's.
Result<Digest> push_bundle(const Image& image, const std::vector<OciDescriptor>& weights,
                           const ImageReference& model, Registry& registry, Context& context);

}  // namespace cogpp::cli
