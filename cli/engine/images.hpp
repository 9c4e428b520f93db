// Images in the engine's store: built, inspected, pulled. Main thread.
#pragma once

#include <cstdint>
#include <ctime>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/engine/engine.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// One run of the engine's builder.
struct ImageBuild {
  std::filesystem::path dockerfile;
  std::filesystem::path context;
  std::string tag = {};                  ///< Empty: the image gets no name.
  std::string target = {};               ///< A stage; empty: the last one.
  std::filesystem::path export_to = {};  ///< A folder for the stage's files, in place of an image.
  std::vector<std::string> arguments = {};  ///< NAME=value
  std::vector<std::string> secrets = {};    ///< As for `--secret`; paths relative to directory.
  std::filesystem::path directory = {};     ///< Where the engine is started.
  bool no_cache = false;
  std::optional<std::time_t> time = {};  ///< Of the image and of all in its layers.
  std::string progress = "auto";         ///< As of --progress; empty: the engine's way.
};

/// The engine's arguments for a build. Pure.
std::vector<std::string> build_arguments(EngineKind kind, const ImageBuild& build);

/// Builds; the engine's progress goes to standard error as it is.
Status build_image(const Engine& engine, const ImageBuild& build, Context& context);

struct ImageInfo {
  std::string id;  ///< `sha256:…`
  std::map<std::string, std::string> labels;
  std::vector<std::string> command;      ///< CMD
  std::vector<std::string> environment;  ///< NAME=value
  std::uint64_t size = 0;
  std::vector<std::string> layers;  ///< Digests of the unpacked layers, `sha256:…`.
};

/// What the store has under this name; nothing when it has no such image.
Result<std::optional<ImageInfo>> inspect_image(const Engine& engine, const std::string& image,
                                               Context& context);

/// Takes the name away, and the image where nothing else uses it. Best effort.
void remove_image(const Engine& engine, const std::string& image, Context& context);

/// Fetches it; the engine's progress goes to standard error. The error is pull_error()'s.
Status pull_image(const Engine& engine, const std::string& image, Context& context);

/// As inspect_image(), of an image that is pulled where the store has none. Nothing: the
/// engine has no image of this name after a pull without an error.
Result<std::optional<ImageInfo>> fetch_image(const Engine& engine, const std::string& image,
                                             Context& context);

/// Why an image could not be fetched, by what the engine wrote on standard error: `image
/// NAME: image not found` where its registry has none, else the engine's first line. Pure.
Error pull_error(const Engine& engine, const std::string& image, const std::string& words);

/// Copies the image into `file`, an archive as of docker save. `tag not found: "NAME"` when
/// the store has no such image (cog-cli §10.3).
Status save_image(const Engine& engine, const std::string& image, const std::filesystem::path& file,
                  Context& context);

/// Reads what `inspect` prints. Pure.
Result<ImageInfo> parse_image_info(const std::string& text);

}  // namespace cogpp::cli
