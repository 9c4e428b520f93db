// A tar archive on disk as a table of its files: where the bytes of each lie. So blobs
// inside an archive are read in place. Compressed archives are refused.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "cli/image/content.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// A value; any thread. The archive must stay as it is.
class TarFile {
 public:
  static Result<TarFile> open(const std::filesystem::path& archive);

  /// The bytes of the file `name`, links inside the archive followed. Nothing when
  /// there is none.
  std::optional<Content> find(const std::string& name) const;

 private:
  struct Place {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::string link = {};  ///< Of a link: the entry it stands for.
  };
  explicit TarFile(std::filesystem::path archive) : archive_(std::move(archive)) {}

  std::filesystem::path archive_;
  std::map<std::string, Place> places_;
};

}  // namespace cogpp::cli
