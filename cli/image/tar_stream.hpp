// The regular files of a tar archive one after the other, compressed by gzip, zstd or
// not: layers as registries send them. Any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// Reads up to `size` bytes of the present file; 0 at its end.
using ReadTarBytes = std::function<Result<std::size_t>(char* buffer, std::size_t size)>;
/// Takes a file, or leaves it by not reading. `name` has no leading slash or `./`.
using TakeTarFile = std::function<Status(const std::string& name, const ReadTarBytes& read)>;

/// Goes through the archive to its end or to the first failure of `take`.
Status read_tar_files(const std::filesystem::path& archive, const TakeTarFile& take);

}  // namespace cogpp::cli
