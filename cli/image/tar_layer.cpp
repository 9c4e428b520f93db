// libarchive writes the headers; the files' bytes are left in the files.
#include "cli/image/tar_layer.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <new>

#include "cli/image/entry_header.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kBlock = 512;

struct FreeEntry {
  const ArchiveLibrary* library;
  void operator()(archive_entry* one) const { library->entry_free(one); }
};

unsigned permissions(const TreeEntry& entry) {
  if (entry.kind == TreeEntry::Kind::kLink) return 0777;
  return entry.kind == TreeEntry::Kind::kDirectory || entry.executable ? 0755 : 0644;
}

unsigned file_type(TreeEntry::Kind kind) {
  if (kind == TreeEntry::Kind::kLink) return AE_IFLNK;
  return kind == TreeEntry::Kind::kDirectory ? AE_IFDIR : AE_IFREG;
}

/// The entries by path, with the parents of each; a path that would leave the image is
/// an error.
Result<std::map<std::string, TreeEntry>> sorted(std::vector<TreeEntry> entries) {
  std::map<std::string, TreeEntry> tree;
  for (TreeEntry& entry : entries) {
    const fs::path path(entry.path);
    for (const fs::path& part : path) {
      if (part == ".." || part == "/" || part == ".") {
        return Error{"invalid path in the image \"" + entry.path + "\""};
      }
    }
    for (fs::path parent = path.parent_path(); !parent.empty(); parent = parent.parent_path()) {
      tree.try_emplace(parent.string(),
                       TreeEntry{.path = parent.string(), .kind = TreeEntry::Kind::kDirectory});
    }
    tree.insert_or_assign(entry.path, std::move(entry));
  }
  return tree;
}

Result<TreeEntry> entry_of(const fs::directory_entry& found, std::string path) {
  std::error_code error;
  const fs::file_status status = found.symlink_status(error);
  if (error) return open_error(found.path(), error.value());
  TreeEntry entry{.path = std::move(path)};
  switch (status.type()) {
    case fs::file_type::directory:
      entry.kind = TreeEntry::Kind::kDirectory;
      return entry;
    case fs::file_type::symlink:
      entry.kind = TreeEntry::Kind::kLink;
      entry.link = fs::read_symlink(found.path(), error).string();
      if (error) return open_error(found.path(), error.value());
      return entry;
    case fs::file_type::regular:
      entry.content = Content::file(found.path(), 0, found.file_size(error));
      if (error) return open_error(found.path(), error.value());
      entry.executable = (status.permissions() & fs::perms::owner_exec) != fs::perms::none;
      return entry;
    default:
      return Error{found.path().string() +
                   " is neither a file, a directory nor a link: an image cannot hold it"};
  }
}

}  // namespace

Result<TreeEntry> file_entry(const fs::path& file, std::string path) {
  std::error_code error;
  const fs::directory_entry found(file, error);
  if (error) return open_error(file, error.value());
  return entry_of(found, std::move(path));
}

Result<std::vector<TreeEntry>> tree_entries(const fs::path& directory, const std::string& target,
                                            const SkipPath& skip) {
  std::vector<TreeEntry> entries;
  std::error_code error;
  fs::recursive_directory_iterator found(directory, error);
  if (error) return open_error(directory, error.value());
  for (const fs::recursive_directory_iterator end; found != end;) {
    const std::string relative = found->path().lexically_relative(directory).string();
    const bool is_directory = found->symlink_status(error).type() == fs::file_type::directory;
    if (skip && skip(relative, is_directory)) {
      if (is_directory) found.disable_recursion_pending();
    } else {
      Result<TreeEntry> entry =
          entry_of(*found, target.empty() ? relative : target + "/" + relative);
      if (!entry) return entry.error();
      entries.push_back(std::move(*entry));
    }
    found.increment(error);
    if (error) return open_error(directory, error.value());
  }
  return entries;
}

Result<Content> tar_header(const TreeEntry& entry, const TarOptions& options) {
  const Result<const ArchiveLibrary*> library = archive_library();
  if (!library) return library.error();
  const std::unique_ptr<archive_entry, FreeEntry> item((*library)->entry_new(), {*library});
  if (!item) throw std::bad_alloc();
  const bool directory = entry.kind == TreeEntry::Kind::kDirectory;
  (*library)->entry_set_pathname(item.get(), (entry.path + (directory ? "/" : "")).c_str());
  (*library)->entry_set_filetype(item.get(), file_type(entry.kind));
  (*library)->entry_set_perm(item.get(), static_cast<mode_t>(permissions(entry)));
  (*library)->entry_set_size(item.get(), static_cast<la_int64_t>(entry.content.size()));
  (*library)->entry_set_uid(item.get(), entry.owner);
  (*library)->entry_set_gid(item.get(), entry.owner);
  (*library)->entry_set_mtime(item.get(), options.time, 0);
  if (!entry.link.empty()) (*library)->entry_set_symlink(item.get(), entry.link.c_str());
  return entry_header(**library, item.get());
}

std::uint64_t tar_padding(std::uint64_t size) { return (kBlock - size % kBlock) % kBlock; }

Result<Content> make_tar(std::vector<TreeEntry> entries, const TarOptions& options) {
  const Result<std::map<std::string, TreeEntry>> tree = sorted(std::move(entries));
  if (!tree) return tree.error();
  Content tar;
  for (const auto& [path, entry] : *tree) {
    const Result<Content> header = tar_header(entry, options);
    if (!header) return header.error();
    tar.append(*header);
    tar.append(entry.content);
    tar.append(Content::zeros(tar_padding(entry.content.size())));
  }
  tar.append(Content::zeros(kTarEnd));
  return tar;
}

Result<Layer> make_layer(std::vector<TreeEntry> entries, const std::string& created_by,
                         const TarOptions& options) {
  Result<Content> tar = make_tar(std::move(entries), options);
  if (!tar) return tar.error();
  const Result<OciDescriptor> descriptor = describe(*tar, kOciLayer);
  if (!descriptor) return descriptor.error();
  return Layer{.blob = {.descriptor = *descriptor, .content = std::move(*tar)},
               .diff_id = descriptor->digest,
               .created_by = created_by};
}

}  // namespace cogpp::cli
