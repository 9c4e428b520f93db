// The steps that the Dockerfiles of all kinds of predictors share, as text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "cli/dockerfile/dockerfile.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

/// Collects lines. Keeps references to both arguments.
class DockerfileWriter {
 public:
  DockerfileWriter(const Project& project, const DockerfilePlan& plan)
      : project_(project), plan_(plan) {}

  void line(std::string_view text);
  /// `ENV name="value"`. Docker would expand `$` and split at spaces.
  void variable(const std::string& name, const std::string& value);
  void apt(const std::vector<std::string>& packages, bool recommended = false);
  /// What stands before all steps that use the network.
  void certificate();
  /// `environment` of cog.yaml.
  void environment();
  /// `build.system_packages`.
  void system_packages();
  /// `build.run` and `build.pre_install`.
  void commands();
  /// A layer for each folder of weights.
  void weights();
  void concurrency();
  /// The stages behind `model`.
  void metadata();

  std::string text() && { return std::move(text_); }

 private:
  const Project& project_;
  const DockerfilePlan& plan_;
  std::string text_;
};

/// Adds a character as it stands between double quotes in a Dockerfile.
void append_escaped(std::string& text, char c);

/// The stages `compile` and `model` of a C++ predictor or a model file.
void write_native_stages(const Project& project, const DockerfilePlan& plan,
                         DockerfileWriter& writer);
/// The stage `model` of a Python project.
void write_python_stages(const Project& project, const DockerfilePlan& plan,
                         DockerfileWriter& writer);

}  // namespace cogpp::cli
