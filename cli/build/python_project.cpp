#include "cli/build/python_project.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/build/build_cache.hpp"
#include "cli/build/description.hpp"
#include "cli/build/python_environment.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "schema/json.hpp"

// The key of a described project covers every Python file of it, because set-up may
// import any of them.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPythonCacheRevision = "cogpp-python-2";
/// A folder with more is not a model's source; the rest then counts for nothing.
constexpr std::size_t kMostFiles = 5000;

/// Folders whose Python files are not the project's.
bool is_foreign(const fs::path& directory) {
  const std::string name = directory.filename().string();
  std::error_code ignored;
  return name.starts_with('.') || name == "__pycache__" || name == "node_modules" ||
         fs::exists(directory / "pyvenv.cfg", ignored);
}

/// Relative to the project, sorted.
std::vector<fs::path> python_files(const fs::path& project) {
  std::vector<fs::path> files;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  fs::recursive_directory_iterator entry(project, options, error);
  for (; !error && entry != fs::recursive_directory_iterator() && files.size() < kMostFiles;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (is_foreign(entry->path())) entry.disable_recursion_pending();
    } else if (entry->path().extension() == ".py" && entry->is_regular_file(ignored)) {
      files.push_back(entry->path().lexically_relative(project));
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// What predicts; empty for a project that is only trained.
std::string reference(const Project& project) {
  return project.trains_only ? "" : project.source.string() + ":" + project.class_name;
}

/// The description in the form of signature.json.
Result<std::string> ask_schema(const Project& project, const Interpreter& interpreter,
                               Context& context) {
  Command command{
      .program = interpreter.program,
      // -B: no compiled files beside the installed ones.
      .arguments = {"-B", "-m", "cogpp_schema", "--project", project.directory.string()},
      .environment = {"PYTHONIOENCODING=utf-8"},
      // Python looks for modules where it is started; not in the project.
      .directory = context.installation.python()};
  if (!project.train.empty()) {
    command.arguments.insert(command.arguments.end(), {"--train", project.train});
  }
  if (!project.trains_only) {
    command.arguments.insert(command.arguments.end(), {"--", reference(project)});
  }
  Result<Finished> finished = run(command, context.interrupt, context.console);
  if (!finished) return finished.error();
  if (finished->status != 0) {
    std::string text = finished->errors;
    while (text.ends_with('\n')) text.pop_back();
    return Error{text};
  }
  const Result<Json> json = parse_json(finished->output);
  if (!json || !json->is_object() || !json->contains("signature")) {
    return Error{"cogpp_schema gave no signature: " + finished->output};
  }
  // Who only trains has one signature, for both (see Description).
  Json description = (*json)[project.trains_only ? "training" : "signature"];
  for (const char* name : {"training", "concurrency", "async", "warnings"}) {
    if (json->contains(name)) description[name] = (*json)[name];
  }
  return to_text(description);
}

Status check_description(const Project& project, const Description& description) {
  for (const schema::Signature* signature :
       {&description.signature, description.training ? &*description.training : nullptr}) {
    if (signature == nullptr) continue;
    if (const Status valid = schema::check_defaults(*signature); !valid) {
      return valid.error().within("Model schema is invalid");
    }
  }
  if (project.concurrency > 1 && !description.concurrency && !description.is_async) {
    return Error{"concurrency.max > 1 requires an async run() or predict() method"};
  }
  return {};
}

Result<Artifact> described(const Project& project, const Interpreter& interpreter,
                           const std::string& environment, Context& context) {
  std::vector<fs::path> files = python_files(project.directory);
  std::string request = std::string(kPythonCacheRevision) + '\n' + environment + '\n' +
                        reference(project) + '\n' + project.train + '\n';
  for (const fs::path& file : files) request += file.string() + '\n';
  BuildCache cache(context.cache / "native", project.directory);
  if (std::optional<Artifact> found = cache.find(request)) return std::move(*found);
  Result<std::string> text = ask_schema(project, interpreter, context);
  if (!text) return text.error();
  const Result<Description> description = parse_description(*text);
  if (!description) return description.error();
  if (const Status valid = check_description(project, *description); !valid) return valid.error();
  Result<TemporaryDirectory> work = cache.work_directory();
  if (!work) return work.error();
  if (const Status written = write_file(work->path() / "signature.json", *text); !written) {
    return written.error();
  }
  for (const fs::path& own : python_files(context.installation.python() / "cogpp_schema")) {
    files.push_back(context.installation.python() / "cogpp_schema" / own);
  }
  return cache.store(request, files, *work);
}

Result<Description> read_description(const Project& project, const Artifact& artifact,
                                     Console& console) {
  const Result<std::string> text = read_file(artifact.signature());
  if (!text) return text.error();
  Result<Description> description = parse_description(*text);
  if (!description) return description.error().within(artifact.signature().string());
  // Remembered descriptions were made for another concurrency.max, perhaps.
  if (const Status valid = check_description(project, *description); !valid) return valid.error();
  if (!called_cog()) return description;
  for (const std::string& warning : description->warnings) console.warn("cog: warning: " + warning);
  return description;
}

}  // namespace

Result<Description> describe_sources(const Project& project, Context& context) {
  const Result<Interpreter> interpreter = find_reader(project.python.version, context);
  if (!interpreter) return interpreter.error();
  const Result<Artifact> artifact = described(project, *interpreter, "", context);
  if (!artifact) return artifact.error();
  return read_description(project, *artifact, context.console);
}

Result<Predictor> describe_python(const Project& project, const fs::path& python,
                                  Context& context) {
  const Result<Interpreter> interpreter = find_interpreter(project.python.version, python, context);
  if (!interpreter) return interpreter.error();
  Result<PythonEnvironment> environment = plan_environment(project, *interpreter, context);
  if (!environment) return environment.error();
  const Result<Artifact> artifact = described(project, *interpreter, environment->key, context);
  if (!artifact) return artifact.error();
  Result<Description> description = read_description(project, *artifact, context.console);
  if (!description) return description.error();
  Loading loading{.program = environment->python(),
                  .arguments = {"-m", "cogpp_worker"},
                  .environment = environment_variables(*environment, context.installation)};
  if (!project.trains_only) {
    loading.arguments.insert(loading.arguments.end(), {"--predictor", reference(project)});
  }
  if (!project.train.empty()) {
    loading.arguments.insert(loading.arguments.end(), {"--train", project.train});
  }
  return Predictor{.loading = std::move(loading),
                   .description = std::move(*description),
                   .key = artifact->key,
                   .environment = std::move(*environment)};
}

}  // namespace cogpp::cli
