// The regular files of an archive one after the other: layers as registries send them, and
// compiled models. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "cli/image/digest.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Reads up to `size` bytes of the present file; 0 at its end. interrupted() where a signal waits.
using ReadArchiveBytes = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
/// Takes a file, or leaves it by not reading. `name` has no leading slash or `./`.
using TakeArchiveFile =
    std::function<Status(const std::string& name, const ReadArchiveBytes& read)>;

/// Goes through a tar archive, compressed by gzip, zstd or not, to its end or to the first
/// failure of `take`.
Status read_tar_files(const std::filesystem::path& archive, const TakeArchiveFile& take);
/// The same of a zip archive; what it holds is checked against its checksums.
Status read_zip_files(const std::filesystem::path& archive, const TakeArchiveFile& take);

/// Writes the present file to `path` and gives its digest.
Result<Digest> write_archive_file(const ReadArchiveBytes& read, const std::filesystem::path& path);

}  // namespace cogpp::cli
