// Images that do not depend on when an engine ran their steps. Main thread.
#pragma once

#include <ctime>
#include <string>

#include "cli/engine/engine.hpp"
#include "cli/engine/images.hpp"
#include "cli/support/context.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Gives `name` to the image `built` with `time` in the layers that it has above those of its base
/// (kBaseInstruction), and tells what the store has then. docker's own builder knows no times, so
/// the image is taken out of the store and back, unless that was done before; podman and buildah
/// have --timestamp. After an error `name` is still that of `built`, unless the engine failed at
/// the very last; containerd's store is refused.
Result<ImageInfo> fix_image_times(const Engine& engine, const std::string& name,
                                  const ImageInfo& built, std::time_t time, Context& context);

}  // namespace cogpp::cli
