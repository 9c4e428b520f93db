// The build context of an image, laid out in `.cog/build`: what is in it decides what is in
// the image, with the same owners, modes and times on every machine. The project itself is
// never changed.
//
//   source/src/…     the project's files; a compiled model unpacked (model_package.hpp)
//   weights/N/src/…  its large files, a folder and so a layer each
//   build/…          what only the build needs
//   image/…          what is added in the end
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/dockerfile/ignore.hpp"
#include "cli/support/console.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Larger files are weights and get layers of their own, as with Cog's --separate-weights.
inline constexpr std::uint64_t kWeightsSize = 10ULL << 20;
/// Of all files where none is given. 1 January 1980: archives of all kinds can hold it.
inline constexpr std::time_t kUsualTime = 315532800;
/// Where the project lies in an image; relative to `/`.
inline constexpr const char* kImageSource = "src";

/// A file or folder of the project that goes into the image.
struct SourceFile {
  std::filesystem::path path;  ///< Relative to the project.
  std::uint64_t size = 0;
  bool directory = false;

  bool weights() const { return size >= kWeightsSize; }
};

/// What of the project goes into an image: all but `.cog`, image layouts and their archives,
/// managed weights and what .dockerignore leaves out, sorted. Symbolic links stay links. What
/// makes the project a model stays. `lost_code` gets the code among the managed weights that a
/// container has elsewhere than the project, relative to that.
Result<std::vector<SourceFile>> project_files(
    const Project& project, std::vector<std::filesystem::path>* lost_code = nullptr);

/// Says that an image will lack it.
void warn_of_lost_code(const std::vector<std::filesystem::path>& lost, Console& console);

/// What a file of the project is in the image: itself, or a compiled model's own files.
struct PlacedFile {
  std::filesystem::path file;   ///< On this machine.
  std::filesystem::path place;  ///< In the image, relative to /src.
};

/// Unpacks a compiled model if need be (model_package.hpp); sorted.
Result<std::vector<PlacedFile>> placed_files(const Project& project, const SourceFile& file);

/// The weights of `files`, the largest first, in the order of their layers. The last layer
/// takes all that are too many.
std::vector<std::vector<SourceFile>> weight_layers(const std::vector<SourceFile>& files);

/// The time that everything in an image has: `--timestamp`, $SOURCE_DATE_EPOCH, or nothing
/// when neither says one.
Result<std::optional<std::time_t>> given_time(std::int64_t timestamp);

/// Gives `directory` and all in it the modes and the time that they have in every image.
Status settle_times(const std::filesystem::path& directory, std::optional<std::time_t> time);

/// `.cog/build`, made anew; it goes with the object.
class BuildContext {
 public:
  /// Without a time, files get one that is always the same, and weights keep theirs.
  static Result<BuildContext> create(const Project& project, std::optional<std::time_t> time);
  BuildContext(BuildContext&& other) noexcept;
  BuildContext& operator=(BuildContext&&) = delete;
  ~BuildContext();

  std::filesystem::path dockerfile() const { return root_ / "Dockerfile"; }
  /// The folder that the engine gets.
  std::filesystem::path context() const { return root_ / "context"; }
  /// Where the stage `metadata` is put.
  std::filesystem::path metadata() const { return root_ / "metadata"; }
  /// The time that everything in the image has.
  std::time_t time() const;

  /// Lays out `source/` and `weights/`; gives the number of folders in the latter.
  Result<std::size_t> add_project(const Project& project, const std::vector<SourceFile>& files);
  /// Writes a file of the context, such as `build/requirements.txt`.
  Status write(const std::filesystem::path& name, std::string_view text) const;
  /// Puts a file into the context.
  Status add(const std::filesystem::path& file, const std::filesystem::path& name) const;

 private:
  BuildContext(std::filesystem::path root, std::optional<std::time_t> time)
      : root_(std::move(root)), time_(time) {}
  Status add_source(const Project& project, const SourceFile& file,
                    const std::filesystem::path& folder) const;
  Status add_weights(const std::filesystem::path& file, const std::filesystem::path& name) const;

  std::filesystem::path root_;
  std::optional<std::time_t> time_;
};

}  // namespace cogpp::cli
