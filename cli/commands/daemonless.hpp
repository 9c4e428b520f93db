// What `build --output` and `push --daemonless` share. Main thread.
#pragma once

#include <string>

#include "cli/commands/options.hpp"
#include "cli/daemonless/image.hpp"
#include "cli/registry/push.hpp"
#include "cli/support/context.hpp"

namespace cogpp::cli {

/// The project, if its image can be made without an engine and with these options; its
/// weights are those of its lock.
Result<Project> open_daemonless_project(const BuildImageOptions& options, Console& console);

/// `build --output`: writes the project's image to a layout or an archive.
Status build_without_engine(const BuildImageOptions& options, Context& context);

/// Where computed layers are sent to.
struct ImageTarget {
  std::string repository;
  std::string tag;
};

/// The project's image for `target`, its large layers sent there already.
Result<Image> send_computed_image(const Project& project, const BuildImageOptions& options,
                                  const ImageTarget& target, Registry& registry, Context& context);

}  // namespace cogpp::cli
