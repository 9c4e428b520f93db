// Digests of large layers, remembered by what they were made of, so that an unchanged one
// is neither read nor sent again. Main thread.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "cli/image/digest.hpp"

namespace cogpp::cli {

class LayerMemory {
 public:
  /// Starts with what is saved in `file`, if that can be read.
  static LayerMemory load(std::filesystem::path file);

  /// Nothing is known of an empty key.
  std::optional<Digest> find(const std::string& key) const;
  /// Remembers at once. Failure costs time only, so none is reported.
  void remember(const std::string& key, const Digest& digest);

 private:
  explicit LayerMemory(std::filesystem::path file) : file_(std::move(file)) {}

  std::filesystem::path file_;
  std::map<std::string, std::string> digests_;  ///< By the digest of the key.
};

}  // namespace cogpp::cli
