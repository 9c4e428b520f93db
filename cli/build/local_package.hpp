// Packages that a requirement names by their place on this machine: `./pkg`,
// `-e ./pkg`, `name @ file:///archive.whl`, `--find-links ./wheels`. What lies there is
// part of an environment's identity.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The file or directory that a line without `-e` names, by pip's rules, if it is there.
/// `project`: where relative ones begin.
std::optional<std::filesystem::path> local_package(std::string_view line,
                                                   const std::filesystem::path& project);

/// Whether a file of this name is a wheel or an archive of sources.
bool is_archive(std::string_view name);

/// Changes with the content of a file, or of any file below a directory but for what
/// building leaves there. Of large files the size and time of change stand for it.
Result<std::string> content_identity(const std::filesystem::path& path);

/// Of a package that is installed as a link to its sources (`-e`): where it is and what
/// says how it is built. The sources themselves may change.
Result<std::string> editable_identity(const std::filesystem::path& directory);

}  // namespace cogpp::cli
