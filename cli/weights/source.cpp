// Directories of the project, and the way of every file into the store.
#include "cli/weights/source.hpp"

#include <algorithm>
#include <system_error>

#include "cli/image/content.hpp"
#include "cli/registry/download.hpp"
#include "cli/registry/session.hpp"
#include "cli/registry/transfers.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/process.hpp"
#include "cli/weights/drift.hpp"
#include "cli/weights/lockfile.hpp"
#include "cli/weights/remote_source.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kStoreJobs = 5;

/// The source's directory, links resolved; inside the project.
Result<fs::path> source_directory(const std::string& uri, const fs::path& project) {
  const fs::path wanted = project / normalized_uri(uri).substr(kFileScheme.size());
  std::error_code error;
  const fs::path real = fs::canonical(wanted, error);
  if (error) return open_error(wanted, error.value());
  if (!fs::is_directory(real, error)) return Error{wanted.string() + " is not a directory"};
  const fs::path inside = real.lexically_relative(fs::canonical(project, error));
  if (inside.empty() || *inside.begin() == "..") {
    return Error{wanted.string() + " is outside the project's directory"};
  }
  return real;
}

Result<std::vector<WeightFile>> source_files(const fs::path& directory) {
  std::vector<WeightFile> files;
  std::error_code error;
  fs::recursive_directory_iterator found(directory, error);
  if (error) return open_error(directory, error.value());
  for (const fs::recursive_directory_iterator end; found != end;) {
    const fs::file_type type = found->symlink_status(error).type();
    if (type == fs::file_type::directory) {
      if (found->path().filename() == ".cog") found.disable_recursion_pending();
    } else if (type == fs::file_type::regular) {
      files.push_back({.path = found->path().lexically_relative(directory).string(),
                       .size = found->file_size(error),
                       .local = found->path()});
    } else {
      return Error{found->path().string() + " is not a regular file; weights hold nothing else"};
    }
    if (!error) found.increment(error);
    if (error) return open_error(directory, error.value());
  }
  std::sort(files.begin(), files.end(),
            [](const WeightFile& a, const WeightFile& b) { return a.path < b.path; });
  return files;
}

Result<Inventory> list_directory(const std::string& uri, const fs::path& project,
                                 Context& context) {
  const Result<fs::path> directory = source_directory(uri, project);
  if (!directory) return directory.error();
  Result<std::vector<WeightFile>> files = source_files(*directory);
  if (!files) return files.error();
  FileDigests digests = FileDigests::load(context.cache / "weight-digests");
  std::vector<NamedDigest> names;
  for (WeightFile& file : *files) {
    const Result<std::string> hex = digests.of(file.local);
    if (!hex) {
      digests.save();
      return hex.error();
    }
    const Result<Digest> digest = Digest::parse("sha256:" + *hex);
    if (!digest) return digest.error();
    file.digest = *digest;
    names.push_back({file.path, *digest});
  }
  digests.save();
  return Inventory{.fingerprint = digest_of_set(names).text(), .files = std::move(*files)};
}

/// Copies a file of this machine, hashing what it copies.
Result<Digest> copy_local(const WeightFile& file, const fs::path& target,
                          const DownloadReport& report) {
  const Result<Descriptor> out = create_file(target);
  if (!out) return out.error();
  report.board.state(report.entry, TransferState::kRunning);
  const Content content = Content::file(file.local, 0, file.size);
  ContentReader reader(content);
  Sha256 hash;
  std::string buffer(std::size_t{1} << 20U, '\0');
  for (;;) {
    if (report.cancellation.cancelled()) return interrupted();
    const Result<std::size_t> count = reader.read(buffer.data(), buffer.size());
    if (!count) return count.error();
    if (*count == 0) break;
    hash.update({buffer.data(), *count});
    if (const Status written = write_all(out->get(), {buffer.data(), *count}, target); !written) {
      return written.error();
    }
    report.board.moved(report.entry, *count);
  }
  const Digest digest = hash.digest();
  if (file.digest && digest != *file.digest) {
    return Error{file.local.string() + " changed while it was read; run the command again"};
  }
  report.board.state(report.entry, TransferState::kDone);
  return digest;
}

Status store_file(WeightFile& file, const fs::path& part, const WeightStore& store,
                  Transport& transport, const DownloadReport& report) {
  const Download wanted{
      .what = file.path, .request = file.request, .target = part, .digest = file.digest};
  const SendRequest send = [&](const HttpRequest& request) {
    return send_following(request, [&](const HttpRequest& next) { return transport.send(next); });
  };
  const Result<Digest> digest =
      file.local.empty() ? download(wanted, send, report) : copy_local(file, part, report);
  if (!digest) return digest.error();
  std::error_code error;
  file.size = fs::file_size(part, error);
  if (error) return open_error(part, error.value());
  file.digest = *digest;
  return store.adopt(part, *digest);
}

}  // namespace

Result<Inventory> list_source(const std::string& uri, const fs::path& project,
                              const WeightStore& store, Context& context) {
  const std::unique_ptr<Transport> transport = make_transport();
  Result<Inventory> inventory = [&]() -> Result<Inventory> {
    if (uri.starts_with("hf://")) return list_hugging_face(uri, *transport);
    if (uri.starts_with("http://") || uri.starts_with("https://")) {
      return list_web_file(uri, *transport, store, context);
    }
    if (uri.find("://") != std::string::npos && !uri.starts_with(kFileScheme)) {
      return Error{
          "unknown kind of source; known are directories of the project, file://, hf://, "
          "https:// and http://"};
    }
    return list_directory(uri, project, context);
  }();
  if (!inventory) {
    if (inventory.error() == interrupted()) return inventory;
    return inventory.error().within("source " + uri);
  }
  return inventory;
}

Status fill_store(std::vector<WeightFile>& files, const WeightStore& store, Context& context) {
  std::vector<WeightFile*> missing;
  TransferBoard board;
  for (WeightFile& file : files) {
    if (file.digest && store.has(*file.digest, file.size)) continue;
    missing.push_back(&file);
    board.add(file.path, file.size);
  }
  if (missing.empty()) return {};
  const Result<TemporaryDirectory> parts = store.workspace();
  if (!parts) return parts.error();
  Cancellation cancellation;
  const Transfer transfer = [&](std::size_t item, Transport& transport) {
    return store_file(*missing[item], parts->path() / std::to_string(item), store, transport,
                      {board, item, cancellation});
  };
  return run_transfers({missing.size(), kStoreJobs, "stored"}, transfer, board, cancellation,
                       context);
}

}  // namespace cogpp::cli
