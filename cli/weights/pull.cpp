// A layer is downloaded whole and checked before anything in it is believed.
#include "cli/weights/pull.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <system_error>

#include "cli/image/archive_files.hpp"
#include "cli/registry/download.hpp"
#include "cli/registry/progress.hpp"
#include "cli/registry/transfers.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Writes one file of a layer and gives it its place in the store.
Status store_unpacked(const LockedFile& file, const ReadArchiveBytes& read, const fs::path& part,
                      const WeightStore& store) {
  const Result<Digest> digest = write_archive_file(read, part);
  if (!digest) return digest.error();
  if (*digest != file.digest) {
    return Error{"layer " + file.layer.text() + " holds other bytes for " + file.path +
                 " than weights.lock says"};
  }
  return store.adopt(part, file.digest);
}

Status unpack(const MissingLayer& missing, const fs::path& layer_file, const WeightStore& store) {
  std::map<std::string, const LockedFile*> wanted;
  for (const LockedFile& file : missing.files) wanted[file.path] = &file;
  fs::path part = layer_file;
  part += ".file";
  const TakeArchiveFile take = [&](const std::string& name,
                                   const ReadArchiveBytes& read) -> Status {
    const auto found = wanted.find(name);
    if (found == wanted.end()) return {};
    if (Status stored = store_unpacked(*found->second, read, part, store); !stored) return stored;
    wanted.erase(found);
    return {};
  };
  if (Status read = read_tar_files(layer_file, take); !read) return read;
  if (wanted.empty()) return {};
  return Error{"layer " + missing.layer.digest.text() + " lacks " + wanted.begin()->first};
}

}  // namespace

std::vector<MissingLayer> missing_layers(const LockedWeight& weight, const WeightStore& store) {
  std::vector<MissingLayer> missing;
  for (const LockedLayer& layer : weight.layers) {
    MissingLayer entry{.layer = layer, .files = {}};
    std::copy_if(weight.files.begin(), weight.files.end(), std::back_inserter(entry.files),
                 [&](const LockedFile& file) {
                   return file.layer == layer.digest && !store.has(file.digest, file.size);
                 });
    if (!entry.files.empty()) missing.push_back(std::move(entry));
  }
  return missing;
}

std::size_t WeightToPull::files() const {
  std::size_t sum = 0;
  for (const MissingLayer& layer : missing) sum += layer.files.size();
  return sum;
}

std::uint64_t WeightToPull::bytes() const {
  std::uint64_t sum = 0;
  for (const MissingLayer& layer : missing) {
    for (const LockedFile& file : layer.files) sum += file.size;
  }
  return sum;
}

Status pull_weight(const WeightToPull& pull, const std::string& repository, Registry& registry,
                   const WeightStore& store, Context& context) {
  const std::string head = "Pulling " + pull.weight.name + "... ";
  const std::string files = std::to_string(pull.files()) + " file(s)";
  context.console.info(head + "(" + files + ")");
  const Status fetched = fetch_layers(pull.missing, repository, registry, store, context);
  if (!fetched && fetched.error() == interrupted()) return fetched;
  if (!fetched) {
    return fetched.error().within("failed to pull weight \"" + pull.weight.name + "\"");
  }
  context.console.info(head + "done (" + format_size(pull.bytes()) + ", " + files + ", " +
                       std::to_string(pull.missing.size()) + " layer(s))");
  return {};
}

Status fetch_layers(const std::vector<MissingLayer>& missing, const std::string& repository,
                    Registry& registry, const WeightStore& store, Context& context) {
  const Result<TemporaryDirectory> parts = store.workspace();
  if (!parts) return parts.error();
  TransferBoard board;
  for (const MissingLayer& layer : missing) {
    board.add(transfer_name(layer.layer.digest), layer.layer.size);
  }
  const Transfer transfer = [&](std::size_t item, Transport& transport) -> Status {
    RegistrySession session(registry.access(), transport);
    const Digest& digest = missing[item].layer.digest;
    const fs::path layer_file = parts->path() / std::to_string(item);
    const Status fetched = download_blob(session, repository, digest, layer_file,
                                         {board, item, registry.cancellation()});
    if (!fetched) return fetched;
    Status unpacked = unpack(missing[item], layer_file, store);
    std::error_code ignored;
    fs::remove(layer_file, ignored);
    return unpacked;
  };
  return run_transfers({missing.size(), registry.options().jobs, "pulled"}, transfer, board,
                       registry.cancellation(), context);
}

}  // namespace cogpp::cli
