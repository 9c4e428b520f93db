// A layer made of files: a tar archive whose bytes depend on names, contents and
// executable bits alone. Entries are sorted, times fixed, parents present.
// The files are read when the layer is, so they must stay as they are until then.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "cli/image/image.hpp"

namespace cogpp::cli {

/// What becomes of a path in the image.
struct TreeEntry {
  enum class Kind { kFile, kDirectory, kLink };
  std::string path;  ///< In the image, without a leading slash: `src/predict.py`.
  Kind kind = Kind::kFile;
  Content content = {};   ///< Of a file.
  std::string link = {};  ///< What a symbolic link points to.
  bool executable = false;
  unsigned owner = 0;  ///< User and group.
};

/// The entry of a file on disk, as it is now.
Result<TreeEntry> file_entry(const std::filesystem::path& file, std::string path);

/// Everything below `directory` but what `skip` answers true for, to stand below
/// `target` in the image. `skip` gets the path relative to `directory` and prunes
/// directories. Links are kept as links; sockets and devices are errors.
using SkipPath = std::function<bool(const std::string& path, bool directory)>;
Result<std::vector<TreeEntry>> tree_entries(const std::filesystem::path& directory,
                                            const std::string& target,
                                            const SkipPath& skip = nullptr);

struct TarOptions {
  std::int64_t time = 0;  ///< Of every entry: SOURCE_DATE_EPOCH, or 0.
};

/// The blocks that stand before the bytes of an entry, and how many zeros behind them.
Result<Content> tar_header(const TreeEntry& entry, const TarOptions& options = {});
std::uint64_t tar_padding(std::uint64_t size);
/// Zeros at the end of every archive.
inline constexpr std::uint64_t kTarEnd = 1024;

/// The archive of `entries`. Of two with the same path the later counts.
Result<Content> make_tar(std::vector<TreeEntry> entries, const TarOptions& options = {});

/// The uncompressed layer of that archive; reads all of it for the digest.
Result<Layer> make_layer(std::vector<TreeEntry> entries, const std::string& created_by,
                         const TarOptions& options = {});

}  // namespace cogpp::cli
