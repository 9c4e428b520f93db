// cog.yaml: what a project is made of and how it is built and run.
//
// The CLI calls this once a command, on its main thread; doctor and the image
// builder read the same struct. Keys, rules and texts are Cog's (cog-cli §1.3, §4);
// rules that only make sense for Python do not apply to C++ predictors and model
// files. `tensors` and `build.base_image` are cogpp's own keys.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::schema {

enum class PredictorKind {
  kNone,      ///< No `run` or `predict`.
  kPython,    ///< `predict.py:Predictor`
  kCpp,       ///< `predict.cpp:Predictor`
  kModelFile  ///< `model.pt2` (AOTInductor) or `model.pt` (TorchScript)
};

/// What `run` or `predict` names.
struct PredictorReference {
  PredictorKind kind = PredictorKind::kNone;
  std::string file{};  ///< As written, relative to the project.
  std::string name{};  ///< Class or function; empty for a model file.

  friend bool operator==(const PredictorReference&, const PredictorReference&) = default;
};

struct BuildMount {
  std::string type;  ///< "secret"
  std::string id;
  std::string target;

  friend bool operator==(const BuildMount&, const BuildMount&) = default;
};

struct BuildCommand {
  std::string command;
  std::vector<BuildMount> mounts;

  friend bool operator==(const BuildCommand&, const BuildCommand&) = default;
};

/// Of a `build` without it; where there is no `build` either, whoever needs the version says so.
inline constexpr const char* kPythonVersionRequired =
    "python_version is required. Add it to the build section of your cog.yaml, "
    "e.g. `python_version: \"3.13\"`";

/// `build`. Strings keep the text of the file: `python_version: 3.10` is "3.10".
/// Empty stands for absent.
struct BuildConfig {
  bool gpu = false;
  std::string cuda;
  std::string cudnn;
  std::string python_version;
  std::string python_requirements;  ///< Relative to the project, or absolute.
  std::vector<std::string> python_packages;
  std::vector<std::string> system_packages;
  std::vector<std::string> pre_install;
  std::vector<BuildCommand> run;
  std::string sdk_version;
  std::string base_image;  ///< cogpp's own: the image to begin with.
};

struct ConcurrencyConfig {
  std::optional<std::int64_t> max;
};

struct WeightSource {
  std::string uri;
  std::vector<std::string> include;
  std::vector<std::string> exclude;
};

struct WeightConfig {
  std::string name;
  std::string target;
  std::vector<WeightSource> sources;
  bool listed = false;  ///< `source` was written as a list.
};

struct Config {
  std::optional<BuildConfig> build;
  std::string image;
  std::string model;
  std::string run;  ///< As written, with `predict` below; at most one is set.
  std::string predict;
  std::string train;
  std::optional<ConcurrencyConfig> concurrency;
  std::vector<std::string> environment;  ///< `NAME=value`, as written.
  std::vector<WeightConfig> weights;
  /// `tensors`, in the order of the file, for the model predictor to read
  /// (cogpp-worker --tensors). Its values are typed as YAML types them.
  std::optional<OrderedJson> tensors;

  /// What `run` or `predict` names; kNone when neither is set or the form is wrong.
  PredictorReference predictor() const;
  /// What `train` names, likewise.
  PredictorReference trainer() const;
  /// Predictions at a time: `concurrency.max`, or 1.
  std::int64_t max_concurrency() const;
  bool gpu() const { return build && build->gpu; }
};

/// What the reader needs to know beside the text.
struct ConfigOptions {
  std::string file_name = "cog.yaml";     ///< For messages.
  std::filesystem::path directory = ".";  ///< The project's, for files that keys name.
  bool strict = false;                    ///< Unknown keys are errors.
  bool as_cog = false;                    ///< Called by Cog's name: its texts without ours.
};

/// A key that Cog has deprecated, and what it has in its place.
struct Deprecation {
  std::string key;
  std::string replacement;

  /// `deprecated field "…": use "…" instead`
  std::string text() const;
};

struct LoadedConfig {
  Config config;
  std::filesystem::path directory;  ///< Where the file was found.
  /// Of the keys in use; shown for Python projects only.
  std::vector<Deprecation> deprecations;
  /// Unknown keys, with file, line and nearest known key.
  std::vector<std::string> warnings;

  /// `problem` behind the warnings: a mistyped key is often its reason.
  Error error(const std::string& problem) const;
};

/// Reads and checks the text of a cog.yaml. All broken rules are reported, a line
/// each, in Cog's order, behind the unknown keys; text that is not YAML or has values
/// of a wrong type is `failed to parse cog.yaml: invalid YAML: …`.
Result<LoadedConfig> parse_config(std::string_view text, const ConfigOptions& options);

/// The directory at or above `start` that holds `file_name`.
Result<std::filesystem::path> find_config(const std::filesystem::path& start,
                                          const std::string& file_name);

/// Finds the file from `start` upwards, reads and checks it. Sets the directory itself.
Result<LoadedConfig> load_config(const std::filesystem::path& start, ConfigOptions options);

/// The rules that a config of proper types can break, in Cog's order (cog-cli §4.3).
/// Looks whether files exist; reads none. parse_config() calls it.
std::vector<std::string> broken_rules(const Config& config, const ConfigOptions& options);
/// The keys that `config` uses and Cog has deprecated.
std::vector<Deprecation> deprecations(const Config& config);

}  // namespace cogpp::schema
