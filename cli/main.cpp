// cogpp: reads the command line, runs one command, shows its error.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/commands/commands.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace {

/// Runs the command that the arguments hold.
struct Run {
  Context& context;
  Status operator()(const PrintOptions& options) const { return print(options.text); }
  Status operator()(const InitOptions& options) const { return run_init(options, context); }
  Status operator()(const PredictOptions& options) const { return run_predict(options, context); }
  Status operator()(const TrainOptions& options) const { return run_train(options, context); }
  Status operator()(const ExecOptions& options) const { return run_exec(options, context); }
  Status operator()(const ServeOptions& options) const { return run_serve(options, context); }
  Status operator()(const BuildImageOptions& options) const { return run_build(options, context); }
  Status operator()(const DebugOptions& options) const { return run_debug(options.build, context); }
  Status operator()(const CompileOptions& options) const { return run_compile(options, context); }
  Status operator()(const PushOptions& options) const { return run_push(options, context); }
  Status operator()(const WeightsOptions& options) const { return run_weights(options, context); }
  Status operator()(const LoginOptions& options) const { return run_login(options, context); }
  Status operator()(const SchemaOptions& options) const { return run_schema(options, context); }
  Status operator()(const DoctorOptions& options) const { return run_doctor(options, context); }
  Status operator()(const VersionOptions& options) const { return run_version(options, context); }
};

Status run(const Arguments& arguments, Console& console) {
  Result<Interrupt> interrupt = Interrupt::create();
  if (!interrupt) return interrupt.error();
  Result<Installation> installation = Installation::find();
  if (!installation) return installation.error();
  Context context{std::move(*installation), cache_directory(), std::move(*interrupt), console};
  return or_interrupted(std::visit(Run{context}, arguments.command), context.interrupt);
}

int run_program(std::vector<std::string> words) {
  const auto parsed = parse_arguments(std::move(words));
  if (const auto* error = std::get_if<UsageError>(&parsed)) {
    Console console(console_options(false, false, false));
    if (!error->warning.empty()) console.warn(error->warning);
    if (!error->usage.empty()) console.raw(error->usage + "\n");
    console.error(error->message);
    return 1;
  }
  const auto& arguments = std::get<Arguments>(parsed);
  const GlobalOptions& global = arguments.global;
  Console console(console_options(global.no_color, global.quiet, global.debug));
  if (!arguments.warning.empty()) console.warn(arguments.warning);
  // As the variable, the flag is for everything that asks Replicate's registry.
  if (!global.registry.empty()) ::setenv("COG_REGISTRY_HOST", global.registry.c_str(), 1);
  const Status status = run(arguments, console);
  if (status) return 0;
  console.end_progress();
  console.error(status.error().message);
  return 1;
}

}  // namespace
}  // namespace cogpp::cli

int main(int argc, char** argv) {
  return cogpp::cli::run_program(std::vector<std::string>(argv + 1, argv + argc));
}
