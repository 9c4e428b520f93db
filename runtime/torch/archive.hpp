// The records of a model file: a zip archive as libtorch writes it, or the folder
// that unpacking one gives. Both leave out the archive's root folder.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Read-only; not thread-safe.
class Archive {
 public:
  /// Fails, naming the file, where it is missing, unreadable or not an intact zip.
  static Result<std::unique_ptr<Archive>> open(const std::filesystem::path& path);

  virtual ~Archive() = default;
  /// Names as "data/aotinductor/model/x.so"; none leaves the archive's folder.
  virtual std::vector<std::string> records() = 0;
  virtual Result<std::string> read(const std::string& record) = 0;
  /// Writes or copies one record to `target`, executable.
  virtual Status extract(const std::string& record, const std::filesystem::path& target) = 0;
  /// The folder's own path where the archive is one, else empty.
  virtual std::filesystem::path folder() const { return {}; }
};

}  // namespace cogpp::torch_models
