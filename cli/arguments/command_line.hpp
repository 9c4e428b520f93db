// What the command line is made of: each command's flags, bound to one Draft. Only the files
// of this folder and arguments.cpp know CLI11.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "cli/arguments.hpp"

namespace cogpp::cli {

/// All that a command line can set; the command that was named takes its part.
struct Draft {
  GlobalOptions global;
  bool version = false;
  InitOptions init;
  PredictOptions predict;
  TrainOptions train;
  ExecOptions exec;
  ServeOptions serve;
  BuildImageOptions build;
  DebugOptions debug;
  CompileOptions compile;
  PushOptions push;
  WeightsOptions weights;
  LoginOptions login;
  SchemaOptions schema;
  DoctorOptions doctor;
  std::string shell;
  std::string help_command;
  std::string json;  ///< predict or train --json; its presence is asked from CLI11.
};

/// The program, with all its commands.
void define_commands(CLI::App& app, Draft& draft);

/// predict, train, exec and serve.
void add_model_commands(CLI::App& app, Draft& draft);
/// build, push, weights and login.
void add_image_commands(CLI::App& app, Draft& draft);

/// A command with the flags that all have.
CLI::App* add_command(CLI::App& app, Draft& draft, const std::string& name,
                      const std::string& description, const std::string& examples);
/// -f; with --strict, where cog.yaml is checked.
void add_config_file(CLI::App& command, ProjectChoice& project);
void add_config_flags(CLI::App& command, ProjectChoice& project);
/// What of an image's build every command has that makes one.
void add_base_flags(CLI::App& command, ImageOptions& image);
void add_project_flags(CLI::App& command, ProjectChoice& project, BuildOptions& build);

}  // namespace cogpp::cli
