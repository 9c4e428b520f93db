// cogpp compile: what a C++ predictor or model file needs beside the project, in a folder
// of its own. Runs in the build stage of an image; hidden.
#include <algorithm>
#include <vector>

#include "cli/build/native.hpp"
#include "cli/commands/commands.hpp"
#include "cli/dockerfile/staging.hpp"
#include "cli/support/files.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// The library that the worker is told to load.
fs::path library_of(const Predictor& predictor) {
  const std::vector<std::string>& words = predictor.loading.arguments;
  const auto flag = std::find(words.begin(), words.end(), "--library");
  return flag == words.end() || flag + 1 == words.end() ? fs::path() : fs::path(*(flag + 1));
}

}  // namespace

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
    fs::copy_file(library_of(*predictor), output / "predictor.so",
                  fs::copy_options::overwrite_existing, error);
    if (error) return open_error(output / "predictor.so", error.value());
  }
  const Result<std::optional<std::time_t>> time = given_time(-1);
  if (!time) return time.error();
  return settle_times(output, *time);
}

}  // namespace cogpp::cli
