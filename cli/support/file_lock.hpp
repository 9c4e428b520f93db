// A lock between commands, as a locked file. Main thread.
#pragma once

#include <filesystem>
#include <string>

#include "cli/support/context.hpp"
#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Locks the file, which is made if need be; held for as long as the descriptor lives. When
/// another command holds it, says `waiting` once and waits; fails when it is interrupted.
Result<Descriptor> lock_file(const std::filesystem::path& file, const std::string& waiting,
                             Context& context);

}  // namespace cogpp::cli
