// Results of builds, found again by the content of everything that went into them.
//
// A request is the text of a whole command with the predictor's source, as most projects give
// the same command. Beside each request stands what the build turned out to read (from the
// compiler's dependency file) with its digests; a result is used when all of them still match. Two
// programs may use the cache at once: results appear by rename.
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/cache.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// The files of one build, in a directory that is never changed afterwards, and is not
/// removed while this lives.
struct Artifact {
  std::filesystem::path directory;
  std::string key;  ///< Digest of the request and the content of all it read.
  CacheUse use = {};

  std::filesystem::path library() const { return directory / "predictor.so"; }
  std::filesystem::path signature() const { return directory / kArtifactMarker; }
};

class BuildCache {
 public:
  /// `root`: the cache's folder; `base`: the project's, paths below it are kept
  /// relative so that a copy of the project finds the same results. `source`: the file in it
  /// that sets its requests, as it is now, apart from those of other projects.
  BuildCache(std::filesystem::path root, std::filesystem::path base,
             const std::filesystem::path& source = {});

  /// A result of `request` whose dependencies are unchanged. Where there is none, the build
  /// begins: what it reads, it reads from now on.
  std::optional<Artifact> find(const std::string& request);
  /// A place to build in; moved into the cache by store(), else removed.
  Result<TemporaryDirectory> work_directory() const;
  /// A dependency that changed since the build began may have been read before: the result
  /// is given, and never found again. One that has the same content after the next build was
  /// written by the build itself.
  Result<Artifact> store(const std::string& request,
                         const std::vector<std::filesystem::path>& dependencies,
                         const TemporaryDirectory& built);
  const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path request_file(const std::string& request) const;
  /// The result of that name, in use; no value when it is not there.
  std::optional<Artifact> artifact(const std::string& key) const;
  std::string name_of(const std::filesystem::path& file) const;

  std::filesystem::path root_;
  std::filesystem::path base_;
  FileDigests digests_;
  std::string source_digest_;
  /// When find() was last called.
  std::chrono::system_clock::time_point begun_ = std::chrono::system_clock::now();
};

/// The files that a make-style dependency file names after its first colon.
std::vector<std::filesystem::path> parse_dependency_file(const std::string& text);

}  // namespace cogpp::cli
