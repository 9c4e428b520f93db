// What the flags of `cogpp build` and `cogpp debug` say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/build/given_schema.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Of --use-cuda-base-image, when it was not given.
inline constexpr const char* kAutomatic = "auto";

/// The `--progress` of a user who gives none, as for docker.
inline constexpr const char* kProgressVariable = "BUILDKIT_PROGRESS";

struct ImageOptions {
  std::string tag;                   ///< The image's name; empty: by cog.yaml.
  std::string engine;                ///< `--engine`; empty: the first that answers.
  std::string base;                  ///< `--base`: the image to begin with; empty: none was given.
  std::string dockerfile;            ///< `--dockerfile`: a file in place of the one made here.
  std::string openapi_schema;        ///< `--openapi-schema`: a file in place of the one made here.
  std::vector<std::string> secrets;  ///< As for the engine's --secret.
  std::string progress = "auto";
  std::string cuda_base_image = kAutomatic;  ///< Anything but `false` means yes, as with Cog.
  std::optional<bool> cog_base_image;        ///< Begin with Cog's own base images.
  std::int64_t timestamp = -1;               ///< Of all files; -1: $SOURCE_DATE_EPOCH.
  std::string output;       ///< `--output`: oci:DIR or tar:FILE, without an engine.
  bool plain_http = false;  ///< Of a base in a registry without TLS elsewhere.
  bool no_cache = false;
  bool slim = false;              ///< With a GPU: stand-ins for libraries that are rarely called.
  bool strip = false;             ///< Python packages without symbols.
  bool precompile = false;        ///< Python packages with their compiled files.
  bool skip_schema = false;       ///< The image says nothing of its inputs.
  bool separate_weights = false;  ///< Always so.
  bool source = true;             ///< False: the project will be mounted over /src.
  bool predictor = true;          ///< False: only what the project needs, for a command.
};

/// `--base`, else `build.base_image` of cog.yaml; empty: cogpp chooses. Paths in cog.yaml
/// (`oci:DIR`, `tar:FILE`) are the project's.
std::string given_base(const Project& project, const ImageOptions& options);

/// `--openapi-schema`, as given_schema() wants it.
inline SchemaFlag schema_flag(const ImageOptions& options) {
  return {
      .name = "--openapi-schema", .file = options.openapi_schema, .unchecked = options.skip_schema};
}

/// What is wrong with the flags themselves (cog-cli §1.4, §7.1): ones that exclude one another,
/// an unknown --progress, a `--secret` that is not well-formed or whose variable is not set or
/// whose file, relative to the chosen project's folder, is not there. Asks nobody.
Status check_image_options(const ImageOptions& options, const ProjectChoice& project);

}  // namespace cogpp::cli
