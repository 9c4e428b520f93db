// A lock between commands, as a locked file. Main thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/support/context.hpp"
#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Locks the file, which is made if need be; held for as long as the descriptor lives. When
/// another command holds it, says `waiting` once and waits; fails when it is interrupted.
Result<Descriptor> lock_file(const std::filesystem::path& file, const std::string& waiting,
                             Context& context);

/// Locks `lock`, which is open at `place`. When another command holds it, calls `waits` once and
/// waits; fails when `interrupt` (null: nobody can) is raised.
Status take_lock(
    const Descriptor& lock, const std::filesystem::path& place, const Interrupt* interrupt,
    const std::function<void()>& waits = [] {});

}  // namespace cogpp::cli
