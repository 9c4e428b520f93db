// The user's project: its folder and what cog.yaml says, as the commands need it.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cli/support/console.hpp"
#include "schema/config.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

/// Most predictions at a time that a worker can run (docs/worker-protocol.md).
inline constexpr int kMostSlots = 256;

enum class PredictorKind { kCpp, kModelFile, kPython };

/// What `build` says of a Python project's environment.
struct PythonNeeds {
  std::string version;                ///< `3.12` or `3.12.1`
  std::string requirements;           ///< A file, relative to the project; empty: none.
  std::vector<std::string> packages;  ///< Requirements, instead of the file.
  std::string sdk_version;            ///< Of the package cog; empty: the default.
};

struct Project {
  std::filesystem::path directory;  ///< Absolute; holds cog.yaml.
  std::filesystem::path file;       ///< Absolute path of cog.yaml.
  PredictorKind kind = PredictorKind::kCpp;
  std::filesystem::path source;  ///< predict.cpp, model.pt2, predict.py; relative to directory.
  std::string class_name;        ///< Empty for a model file.
  std::string train;             ///< `train.py:train`, as written; empty: none.
  bool trains_only = false;      ///< Nothing predicts; source and class_name are those of train.
  bool gpu = false;
  std::string tensors;  ///< JSON text of the `tensors` section; empty without one.
  int concurrency = 1;
  std::vector<std::string> environment;  ///< NAME=value
  std::vector<std::string> warnings;     ///< For the user, whole lines.
  /// Of a Python project. Told at every start where the program is called `cog`.
  std::vector<schema::Deprecation> deprecations = {};
  PythonNeeds python;          ///< Of a Python project.
  schema::Config config = {};  ///< All that the file says; for images.
};

/// Which project, and how strictly its cog.yaml is read.
struct ProjectChoice {
  std::string file = "cog.yaml";
  bool strict = false;  ///< Unknown keys are errors instead of warnings.
};

/// How the schema is to read that cog.yaml, under the name that this program was called by.
schema::ConfigOptions config_options(const ProjectChoice& choice);

/// Finds the file in the current directory or one of its parents and reads it. The
/// error names file, line and key.
Result<Project> load_project(const ProjectChoice& choice);

/// As load_project, and shows the warnings.
Result<Project> open_project(const ProjectChoice& choice, Console& console);

/// Warns where `build` has steps that only an image takes (apt, run): for whoever makes ready
/// to run the project without one.
void warn_of_image_steps(const Project& project, Console& console);

/// The directory of cogpp's own files in a project, `.cog/`. Not created.
std::filesystem::path state_directory(const Project& project);

}  // namespace cogpp::cli
