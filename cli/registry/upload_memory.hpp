// Remembers between runs what was uploaded: unfinished uploads, and where in a registry a
// blob lies. One small file each, readable by its owner only, since an upload's URL may
// carry a token. Failures cost time only, so none is reported.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/registry/url.hpp"

namespace cogpp::cli {

/// The memory of one blob's upload to one repository. One thread. Without a directory it
/// remembers nothing.
class UploadMemory {
 public:
  UploadMemory(const std::filesystem::path& directory, const std::string& name);

  /// Where the upload goes on, if it was begun less than a day ago.
  std::optional<Url> location() const;
  void remember(const Url& location) const;
  void forget() const;

 private:
  std::filesystem::path file_;  ///< Empty: none.
};

/// Which repository of a registry was seen with a blob last, so that others of the registry
/// get it by a mount. One thread a blob. Without a directory it remembers nothing.
class BlobMemory {
 public:
  BlobMemory(const std::filesystem::path& directory, const std::string& registry,
             const std::string& digest);

  /// Empty when none is known.
  std::string repository() const;
  void remember(const std::string& repository) const;

 private:
  std::filesystem::path file_;  ///< Empty: none.
};

}  // namespace cogpp::cli
