// A temporary directory that does not outlive its process, even one that is killed:
// each holds a lock on a file inside, and whoever makes the next one removes those
// whose lock nobody holds any more.
#pragma once

#include <filesystem>

#include "schema/result.hpp"

namespace cogpp::torch_models {

/// Owned by one object; removed by the destructor. Not thread-safe.
class TempDirectory {
 public:
  /// Makes `$TMPDIR/cogpp-pt2-XXXXXX` (/tmp without TMPDIR) and sweeps abandoned ones.
  static Result<TempDirectory> create();

  TempDirectory(TempDirectory&& other) noexcept;
  TempDirectory& operator=(TempDirectory&& other) noexcept;
  ~TempDirectory();

  const std::filesystem::path& path() const { return path_; }

 private:
  TempDirectory(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
  void remove() noexcept;

  std::filesystem::path path_;
  int lock_ = -1;
};

}  // namespace cogpp::torch_models
