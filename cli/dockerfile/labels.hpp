// The labels of an image: Cog's, so that its tools and Replicate read the image, and our
// own. Text only, but for asking git.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "cli/support/context.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

/// Where an image has its list of parts and its schema.
inline constexpr const char* kSbomPath = "/usr/share/doc/cogpp/sbom.spdx.json";
inline constexpr const char* kSchemaPath = "/src/.cog/openapi_schema.json";

using Labels = std::vector<std::pair<std::string, std::string>>;

/// What of an image its labels tell.
struct ImageFacts {
  std::string openapi;     ///< The schema's text.
  std::string pip_freeze;  ///< Of a Python project.
  std::string libtorch;    ///< Its version; empty without it.
  std::string cuda;        ///< Its version; empty without it.
  std::string cudnn;       ///< Of a Python project with CUDA.
  int concurrency = 1;
  std::string base = {};  ///< What an engine began with; empty: nothing is told of it.
  /// Of a base that cogpp chose for a Python project: its layers' digests (unpacked).
  std::vector<std::string> base_layers = {};
};

/// `run.cog.config`: Cog's keys with Cog's types, compact, in Cog's order (cog-cli §7.3).
std::string config_label(const Project& project, const ImageFacts& facts);

/// Sorted by name.
Labels image_labels(const Project& project, const ImageFacts& facts);

/// What makes a Dockerfile's last stage have these labels. A command line would not take
/// one of 128 KiB, which the schema of an input with some thousand choices has.
std::string label_instructions(const Labels& labels);

/// The build argument that label_instructions() wants: a Dockerfile cannot say a line break.
inline constexpr const char* kLineBreakArgument = "COGPP_LINE_BREAK=\n";

/// Adds `org.opencontainers.image.revision` and `.version` by GitHub's environment or git; what
/// neither knows is left out. The error is interrupted().
Status add_source_labels(Labels& labels, const std::filesystem::path& project, Context& context);

}  // namespace cogpp::cli
