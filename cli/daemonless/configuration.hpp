// The configuration of an image made without an engine: its base's, with what Dockerfile.gpu
// and the Dockerfile of `cogpp build` would have set. Pure.
#pragma once

#include <string>

#include "cli/dockerfile/labels.hpp"
#include "cli/image/image_config.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

/// The user that models run as, and the home that this user gets in a base that has none.
inline constexpr unsigned kModelUser = 1000;
inline constexpr const char* kModelHome = "/home/cogpp";
/// Where the server puts its file for Kubernetes' probes. It names it below /var/run, which is
/// a link to /run; an entry with that name would take the link's place.
inline constexpr const char* kReadyFolder = "/run/cog";

/// Whether the base says where its user is at home. Else the image needs kModelHome.
bool has_home(const ImageConfig& base);

/// `torch`: libtorch lies in kImageTorch. What the base says of entry point and health check
/// stays.
ImageConfig image_configuration(const ImageConfig& base, const Project& project,
                                const Labels& labels, bool torch);

}  // namespace cogpp::cli
