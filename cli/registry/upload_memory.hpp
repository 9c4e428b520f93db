// Remembers unfinished uploads between runs: one small file each, readable by its owner
// only, since an upload's URL may carry a token.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "cli/registry/url.hpp"

namespace cogpp::cli {

/// The memory of one blob's upload to one repository. One thread. Without a directory it
/// remembers nothing. Failures cost time only, so none is reported.
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

}  // namespace cogpp::cli
