// Directories for the files of one prediction.
//
// Names are ours, never made from a client's id. Making and removing a directory
// takes 0.1 ms, three times as long as a whole small prediction, so a slot has one
// directory and gets a new one only after a prediction that touched it.
#pragma once

#include <ctime>
#include <filesystem>
#include <memory>
#include <string>

#include "runtime/server/support/unique_fd.hpp"
#include "schema/result.hpp"

namespace cogpp::server {

/// The server's own temporary directory; removed with all it holds. Any thread.
class ScratchRoot {
 public:
  /// Makes `cogpp-server-XXXXXX` in $TMPDIR or /tmp, and removes those of servers that
  /// were killed: a living one holds a lock on its own.
  static Result<std::shared_ptr<ScratchRoot>> create();
  ~ScratchRoot();
  ScratchRoot(const ScratchRoot&) = delete;
  ScratchRoot& operator=(const ScratchRoot&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  ScratchRoot(std::filesystem::path path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  const std::filesystem::path path_;
  const UniqueFd lock_;
};

/// The directory of one slot; used by the thread that holds the slot. Without a
/// root (tests without files) it is none: open() fails.
class Scratch {
 public:
  Scratch() = default;
  /// `name`: unique under the root.
  Scratch(std::shared_ptr<ScratchRoot> root, const std::string& name);
  Scratch(Scratch&&) = default;
  Scratch& operator=(Scratch&&) = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch();

  /// Its absolute path; the directory is there and empty.
  Result<std::string> open();
  /// Empties it. Never fails for the caller; open() tells if it went wrong.
  void close();

 private:
  bool untouched() const;
  Status make();

  std::shared_ptr<ScratchRoot> root_;
  std::string path_;
  timespec made_{};    ///< The directory's time of change when it was made.
  timespec opened_{};  ///< When the current prediction got it.
  bool exists_ = false;
};

}  // namespace cogpp::server
