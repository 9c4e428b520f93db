// Everything about an image that can be said before anything is built: `cogpp debug` shows
// it, `cogpp build` builds it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/dockerfile/base_image.hpp"
#include "cli/dockerfile/dockerfile.hpp"
#include "cli/dockerfile/image_options.hpp"
#include "cli/dockerfile/python_image.hpp"
#include "cli/dockerfile/staging.hpp"
#include "cli/support/context.hpp"
#include "cli/support/project.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Said where an image is to trust $COG_CA_CERT (cog-cli §6.4).
inline constexpr const char* kInjectingCertificate = "Injecting CA certificate from COG_CA_CERT";

struct ImagePlan {
  DockerfilePlan dockerfile;
  BaseImage base;                     ///< Where cogpp in the image comes from.
  std::optional<PythonImage> python;  ///< Of a Python project.
  std::vector<SourceFile> files;      ///< Of the project.
  std::string certificate;            ///< $COG_CA_CERT's, in PEM; empty: none.
  std::string text;                   ///< The Dockerfile.
  /// `--dockerfile`'s, to be built before; `text` goes on from its image.
  std::optional<std::string> given;
};

/// `concurrency`: of the project or its predictor's decorator.
Result<ImagePlan> plan_image(const Project& project, const ImageOptions& options, int concurrency,
                             Context& context);

/// By the sources. A project with a CMakeLists.txt may compile any of its own.
bool links_torch(const Project& project, const std::vector<SourceFile>& files);

/// `-t`, else `image` or `model` of cog.yaml, else a name made of the project's folder.
std::string image_name(const Project& project, const ImageOptions& options);

/// What is wrong with a name that was made of the project's folder: without a letter or a digit
/// of ASCII, or with a dash at its end, engines refuse it.
Status check_image_name(const Project& project, const ImageOptions& options);

/// `cog-` and what a name may hold of the project's folder (cog-cli §3.2).
std::string directory_image_name(const Project& project);

}  // namespace cogpp::cli
