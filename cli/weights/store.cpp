// files/sha256/ab/abcd…; what is not complete lies in parts/.
#include "cli/weights/store.hpp"

#include <system_error>

#include "cli/support/paths.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr fs::perms kReadOnly =
    fs::perms::owner_read | fs::perms::group_read | fs::perms::others_read;

}  // namespace

WeightStore WeightStore::of_user() {
  const std::string own = environment_variable("COG_CACHE_DIR");
  const fs::path cache = own.empty() ? cache_directory().parent_path() / "cog" : fs::path(own);
  return WeightStore(cache / "weights");
}

fs::path WeightStore::file(const Digest& digest) const {
  const std::string hex = digest.hex();
  return root_ / "files/sha256" / hex.substr(0, 2) / hex;
}

bool WeightStore::has(const Digest& digest, std::uint64_t size) const {
  std::error_code error;
  return fs::file_size(file(digest), error) == size && !error;
}

Result<TemporaryDirectory> WeightStore::workspace() const {
  const fs::path parent = root_ / "parts";
  remove_abandoned(parent);
  return TemporaryDirectory::create(parent);
}

Status WeightStore::adopt(const fs::path& complete, const Digest& digest) const {
  const fs::path place = file(digest);
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  if (!error) fs::permissions(complete, kReadOnly, error);
  if (!error) fs::rename(complete, place, error);
  if (error) return open_error(place, error.value());
  return {};
}

}  // namespace cogpp::cli
