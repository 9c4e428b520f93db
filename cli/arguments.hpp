// The command line, parsed.
//
// Follows Cog's command line (cog-cli §1): flags before or after arguments,
// `--flag=value`, suggestions for mistyped commands and flags.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "cli/commands/options.hpp"

namespace cogpp::cli {

struct GlobalOptions {
  bool debug = false;
  bool no_color = false;
  bool quiet = false;
  std::string registry;  ///< In place of $COG_REGISTRY_HOST; empty: as that says.
};

using CommandOptions =
    std::variant<PrintOptions, InitOptions, PredictOptions, TrainOptions, ExecOptions, ServeOptions,
                 BuildImageOptions, DebugOptions, CompileOptions, PushOptions, WeightsOptions,
                 LoginOptions, SchemaOptions, DoctorOptions, VersionOptions>;

struct Arguments {
  GlobalOptions global;
  CommandOptions command;
  std::string warning = {};  ///< To be shown first; empty: none.
};

/// A command line that cannot be understood: the usage of the command it was meant
/// for, and the reason.
struct UsageError {
  std::string usage;
  std::string message;
  std::string warning = {};  ///< To be shown first; empty: none.
};

/// `words` are the arguments without the program's name.
std::variant<Arguments, UsageError> parse_arguments(std::vector<std::string> words);

}  // namespace cogpp::cli
