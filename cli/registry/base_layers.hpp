// Layers of an image that an engine gave, which the registry has in its base's repository:
// they are mounted as they lie there, compressed as a rule, in place of being sent.
#pragma once

#include <string>

#include "cli/image/image.hpp"
#include "cli/registry/push.hpp"

namespace cogpp::cli {

/// The image with those of its lowest layers as the base has them that `repository` has or
/// got by a mount; without any it is the same image. The configuration stays, the manifest
/// names other blobs. Main thread. Tells of failures only what --debug shows: they cost time.
Image take_base_layers(Image image, const std::string& repository, Registry& registry,
                       Context& context);

}  // namespace cogpp::cli
