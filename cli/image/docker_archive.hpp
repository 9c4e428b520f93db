// What `docker save` and `podman save` write: a tar archive with manifest.json, a
// configuration and uncompressed layers. Newer engines write an OCI layout into the
// same archive, which is read as one (cli/image/layout.hpp).
#pragma once

#include <string>

#include "cli/image/image.hpp"
#include "cli/image/tar_file.hpp"

namespace cogpp::cli {

/// The image of the archive: the one tagged `reference`, or, when that is empty, the
/// only one. Its manifest is made here, so its digest is that of an engine's own push
/// only by chance. Reads every layer to hash it; `what` names the archive in errors.
Result<Image> read_docker_archive(const TarFile& archive, const std::string& what,
                                  const std::string& reference = {});

}  // namespace cogpp::cli
