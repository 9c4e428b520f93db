// cogpp compile: what a C++ predictor or model file needs beside the project, in a folder
// of its own. Runs in the build stage of an image; hidden.
#include "cli/build/native.hpp"
#include "cli/commands/commands.hpp"
#include "cli/dockerfile/staging.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;

Status run_compile(const CompileOptions& options, Context& context) {
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  if (project->kind == PredictorKind::kPython) {
    return Error{"a Python project is not compiled: " + project->source.string()};
  }
  const Result<Predictor> predictor = build_predictor(*project, options.build, context);
  if (!predictor) return predictor.error();
  const fs::path output = fs::absolute(options.output);
  std::error_code error;
  fs::create_directories(output, error);
  if (error) return open_error(output, error.value());
  if (const Status written = write_file(output / "signature.json", predictor->description_text);
      !written) {
    return written;
  }
  if (project->kind == PredictorKind::kCpp) {
    error = copy_regular_file(predictor_library(*predictor), output / "predictor.so");
    if (error) return open_error(output / "predictor.so", error.value());
  }
  const Result<std::optional<std::time_t>> time = given_time(-1);
  if (!time) return time.error();
  return settle_times(output, *time);
}

}  // namespace cogpp::cli
