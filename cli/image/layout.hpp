// OCI image layouts, as a directory or as a tar archive of one: read and written.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "cli/image/image.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {

/// The file that makes a folder or an archive a layout.
inline constexpr const char* kLayoutMarker = "oci-layout";

/// Finds a file of a layout by its relative name, `blobs/sha256/…`.
using LayoutFiles = std::function<std::optional<Content>(const std::string& name)>;

/// The image of a layout: the one called `reference`, or, when that is empty, the only
/// one; of several platforms that of `platform`. Different images for one platform are an
/// error. Checks that every blob is there in its size and that manifest and configuration
/// have their digest; `what` names the layout in errors. The layers' digests are checked by
/// whoever reads them.
Result<Image> read_layout(const LayoutFiles& files, const std::string& what,
                          const std::string& reference = {}, const Platform& platform = {});

/// The files of the layout in `directory`. While they or their contents live, a writer leaves the
/// blobs of images that it replaces.
LayoutFiles layout_directory(const std::filesystem::path& directory);

/// Writes or extends the layout in `directory`: blobs that are there stay, an image of
/// the same `reference` is replaced, and its blobs go that no other image has, unless somebody
/// reads the layout. Fails without a changed index when a blob's bytes do not have its digest, or
/// when `interrupt` is raised while another command writes.
Status write_layout(const Image& image, const std::filesystem::path& directory,
                    const std::string& reference, const Interrupt* interrupt = nullptr);

/// Whether the file is an archive as write_layout_archive() makes them.
bool is_layout_archive(const std::filesystem::path& file);

/// Puts an uncompressed layer whose digest nobody knows yet into the layout in
/// `directory`: hashed while it is written, read once.
Result<OciDescriptor> store_layer(const Content& content, const std::filesystem::path& directory);

/// Writes the archive `file` of a layout with this image alone, the same bytes for the
/// same image. `docker load` reads it, too, and calls the image `reference`.
Status write_layout_archive(const Image& image, const std::filesystem::path& file,
                            const std::string& reference);

}  // namespace cogpp::cli
