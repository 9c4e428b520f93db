// How libarchive writes the header of one entry. Any thread.
#pragma once

#include "cli/image/archive_library.hpp"
#include "cli/image/content.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The blocks that stand before the bytes of `entry`, in the pax format, which is plain ustar
/// wherever that can say it. Names are bytes. The error names the entry.
Result<Content> entry_header(const ArchiveLibrary& library, archive_entry* entry);

}  // namespace cogpp::cli
