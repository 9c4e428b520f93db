// The options of every command, as the command line gives them. Plain values:
// arguments.cpp fills them, each command's file uses its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/build/native.hpp"
#include "cli/dockerfile/image_options.hpp"
#include "cli/support/inputs.hpp"
#include "cli/support/outputs.hpp"
#include "cli/support/program.hpp"
#include "cli/support/project.hpp"

namespace cogpp::cli {

inline constexpr int kDefaultSetupTimeout = 300;  // seconds, as Cog
inline constexpr int kDefaultPort = 8393;         // as `cog serve`

struct InitOptions {
  std::string template_name = called_cog() ? "python" : "cpp";
};

/// What predict and serve share: how the predictor is built and run.
struct RunOptions {
  ProjectChoice project;
  BuildOptions build;
  std::string device;                        ///< Empty: by `build.gpu`.
  std::string weights;                       ///< Empty: none.
  std::vector<std::string> environment;      ///< NAME=value, or NAME to pass it on.
  int setup_timeout = kDefaultSetupTimeout;  ///< Seconds; 0: no limit.
};

/// A container to run in instead of this machine: of an image, or of the project's sources.
struct ContainerOptions {
  std::string image;        ///< Empty: the project's sources.
  bool docker = false;      ///< The sources run in a container.
  ImageOptions build = {};  ///< How the image of the sources is made.
  std::string engine;       ///< As find_engine's choice.
  std::string gpus;         ///< `--gpus`; empty: all for a model that wants one.

  bool used() const { return docker || !image.empty(); }
};

struct PredictOptions {
  RunOptions run;
  ContainerOptions container;
  InputArguments inputs;
  OutputOptions output;
  bool own_server = false;       ///< Do not use a running `cogpp serve`.
  bool replicate_token = false;  ///< $REPLICATE_API_TOKEN is part of the request's context.
};

struct TrainOptions {
  RunOptions run;
  ContainerOptions container;
  InputArguments inputs;
  OutputOptions output = {.path = "weights"};
};

struct ExecOptions {
  ProjectChoice project;
  ContainerOptions container;
  std::vector<std::string> publish;  ///< Of a container, as parse_publish() reads them.
  BuildOptions build;
  std::vector<std::string> environment;  ///< NAME=value, or NAME to pass it on.
  std::vector<std::string> command;      ///< The program and its arguments.
};

struct ServeOptions {
  RunOptions run = {.setup_timeout = 0};  // none, as Cog
  ContainerOptions container;
  std::string host = "127.0.0.1";
  int port = kDefaultPort;
  int concurrency = 0;  ///< 0: from cog.yaml.
  bool trains = false;  ///< `--x-mode train`: the training runs in place of predict().
  std::string upload_url;
  std::vector<std::string> server_flags;  ///< Passed on as they are.
};

struct BuildImageOptions {
  ProjectChoice project;
  ImageOptions image;
  BuildOptions build;  ///< Without an engine, where nothing is compiled in a container.
  bool json = false;   ///< Print the image's digest, size and layers.
};

struct PushOptions {
  BuildImageOptions build;  ///< How the project's image is made.
  std::string image;        ///< Where to; empty: `image` of cog.yaml.
  std::string from;         ///< `oci:DIR` or `tar:FILE`; empty: an engine's store.
  bool no_build = false;    ///< The engine has the image.
  bool daemonless = false;  ///< Make the image without an engine, while it is sent.
  bool plain_http = false;  ///< Allow http to registries that are not on this machine.
};

enum class WeightsAction { kImport, kPull, kStatus };

struct WeightsOptions {
  WeightsAction action = WeightsAction::kStatus;
  ProjectChoice project;
  std::vector<std::string> names;  ///< Which weights; empty: all.
  bool dry_run = false;            ///< import: only say what would be done.
  bool verbose = false;
  bool json = false;  ///< status
  bool plain_http = false;
};

struct LoginOptions {
  bool token_stdin = false;
  bool plain_http = false;
};

struct SchemaOptions {
  ProjectChoice project;
  BuildOptions build;
  bool pretty = false;
};

struct DebugOptions {
  BuildImageOptions build;
};

/// Of `cogpp compile`, which the build stage of an image runs.
struct CompileOptions {
  ProjectChoice project;
  BuildOptions build;
  std::filesystem::path output;  ///< A folder.
};

struct DoctorOptions {
  ProjectChoice project;
  BuildOptions build;
  bool fix = false;  ///< Mend what can be mended.
};

struct VersionOptions {};

/// Help, or a completion script: the parser has made the text already.
struct PrintOptions {
  std::string text;
};

}  // namespace cogpp::cli
