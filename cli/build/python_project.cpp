#include "cli/build/python_project.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "cli/build/build_cache.hpp"
#include "cli/build/description.hpp"
#include "cli/build/python_environment.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/process.hpp"
#include "cli/support/program.hpp"
#include "schema/json.hpp"
#include "schema/openapi_reader.hpp"

// The key of a described project covers every Python file of it, because set-up may
// import any of them.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kPythonCacheRevision = "cogpp-python-2";
/// cogpp_schema's status for sources whose types cannot be read; see its __main__.
constexpr int kTypesUnknown = 3;
/// A folder with more is not a model's source; the rest then counts for nothing.
constexpr std::size_t kMostFiles = 5000;

/// The user's document, none, or why the one that is named cannot be used.
using MaybeGiven = Result<std::optional<GivenSchema>>;

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

/// What cogpp_schema says.
struct Answer {
  int status = 0;
  std::string text;  ///< The description in the form of signature.json, or what is wrong.
};

Result<Answer> ask_schema(const Project& project, const Interpreter& interpreter,
                          Context& context) {
  Command command{
      .program = interpreter.program,
      // -B: no compiled files beside the installed ones.
      .arguments = {"-B", "-m", "cogpp_schema", "--project", project.directory.string()},
      .environment = {"PYTHONIOENCODING=utf-8"},
      // Python looks for modules where it is started; not in the project.
      .directory = context.installation.python()};
  if (called_cog()) command.arguments.emplace_back("--as-cog");
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
    return Answer{.status = finished->status, .text = std::move(text)};
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
  return Answer{.status = 0, .text = to_text(description)};
}

/// The description in the form of signature.json.
struct Told {
  std::string text;
  std::string reason = {};  ///< Why the sources do not tell and a document does; else empty.
};

/// What the user's document says; `reason` is why the sources do not.
Result<Told> take_given(const Project& project, const std::string& reason,
                        const GivenSchema& given) {
  const Result<Json> document = parse_json(given.text);
  const auto unusable = [&](const std::string& why) {
    return Error{reason + "\n" + given.said + ": " + why};
  };
  if (!document) return unusable(document.error().message);
  const char* path = project.trains_only ? "/trainings" : "/predictions";
  if (!schema::lists_inputs(*document, path)) {
    return unusable("it does not list the inputs of " + std::string(path));
  }
  const Result<schema::Signature> signature = schema::signature_of(*document, path);
  if (!signature) return unusable(signature.error().message);
  Json description = schema::to_json(*signature);
  const Result<schema::Signature> training = schema::signature_of(*document, "/trainings");
  if (training && !project.train.empty()) description["training"] = schema::to_json(*training);
  return Told{.text = to_text(description), .reason = reason};
}

/// Whether a document may stand in where cogpp_schema ended with `status`: only the types are
/// missing, or a Python other than the project's may not know its syntax (find_reader()).
bool document_helps(int status, const Project& project, const Interpreter& interpreter) {
  return status == kTypesUnknown || !serves_version(interpreter.version, project.python.version);
}

/// The sources' own word, else that of a document, whose error counts only then.
Result<Told> tell(const Project& project, const Interpreter& interpreter, const MaybeGiven& given,
                  Context& context) {
  Result<Answer> answer = ask_schema(project, interpreter, context);
  if (!answer) return answer.error();
  if (answer->status == 0) return Told{.text = std::move(answer->text)};
  if (!document_helps(answer->status, project, interpreter)) return Error{answer->text};
  if (!given) return Error{answer->text + "\n" + given.error().message};
  if (*given) return take_given(project, answer->text, **given);
  return Error{answer->text +
               "\nCOG_OPENAPI_SCHEMA=FILE names an OpenAPI document that tells the types instead"};
}

Status check_description(const Project& project, const Description& description) {
  if (!description.document.empty()) return {};  // what it says is the user's
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

struct Described {
  Artifact artifact;
  fs::path document = {};  ///< As Description::document.
};

/// Beside signature.json, where a document told it: Told::reason.
constexpr const char* kReasonFile = "reason.txt";

/// What `document` told, in place of sources that `interpreter` could not.
std::string with_document(const std::string& request, const Interpreter& interpreter,
                          const GivenSchema& document) {
  return request + "document " + sha256(document.text) + '\n' + interpreter.identity + '\n';
}

/// Every use of a document is told of, a remembered one too.
Described by_document(Artifact artifact, const GivenSchema& document, Console& console) {
  const Result<std::string> reason = read_file(artifact.directory / kReasonFile);
  console.warn((reason ? *reason + "\n" : "") + "The types are those of " + document.said);
  return {.artifact = std::move(artifact), .document = document.file};
}

Result<Artifact> remember(BuildCache& cache, const std::string& request,
                          std::vector<fs::path> files, const Told& told, const Context& context) {
  Result<TemporaryDirectory> work = cache.work_directory();
  if (!work) return work.error();
  Status written = write_file(work->path() / "signature.json", told.text);
  if (written && !told.reason.empty()) {
    written = write_file(work->path() / kReasonFile, told.reason);
  }
  if (!written) return written.error();
  for (const fs::path& own : python_files(context.installation.python() / "cogpp_schema")) {
    files.push_back(context.installation.python() / "cogpp_schema" / own);
  }
  return cache.store(request, files, *work);
}

Result<Described> described(const Project& project, const Interpreter& interpreter,
                            const std::string& environment, const MaybeGiven& given,
                            Context& context) {
  std::vector<fs::path> files = python_files(project.directory);
  std::string request = std::string(kPythonCacheRevision) + '\n' + environment + '\n' +
                        reference(project) + '\n' + project.train + '\n';
  for (const fs::path& file : files) request += file.string() + '\n';
  BuildCache cache(context.cache / "native", project.directory, project.source);
  if (std::optional<Artifact> found = cache.find(request)) return Described{std::move(*found)};
  const GivenSchema* document = given && *given ? &**given : nullptr;
  const std::string other = document ? with_document(request, interpreter, *document) : "";
  if (document != nullptr) {
    if (std::optional<Artifact> found = cache.find(other)) {
      return by_document(std::move(*found), *document, context.console);
    }
  }
  const Result<Told> told = tell(project, interpreter, given, context);
  if (!told) return told.error();
  const bool by_sources = told->reason.empty();
  if (by_sources) {
    const Result<Description> description = parse_description(told->text);
    if (!description) return description.error();
    if (const Status valid = check_description(project, *description); !valid) return valid.error();
  }
  Result<Artifact> artifact =
      remember(cache, by_sources ? request : other, std::move(files), *told, context);
  if (!artifact) return artifact.error();
  if (by_sources) return Described{std::move(*artifact)};
  return by_document(std::move(*artifact), *document, context.console);
}

Result<Description> read_description(const Project& project, const Described& found,
                                     Console& console) {
  const Result<std::string> text = read_file(found.artifact.signature());
  if (!text) return text.error();
  Result<Description> description = parse_description(*text);
  if (!description) return description.error().within(found.artifact.signature().string());
  description->document = found.document;
  // Remembered descriptions were made for another concurrency.max, perhaps.
  if (const Status valid = check_description(project, *description); !valid) return valid.error();
  if (!called_cog()) return description;
  for (const std::string& warning : description->warnings) console.warn("cog: warning: " + warning);
  return description;
}

}  // namespace

Result<Description> describe_sources(const Project& project,
                                     const Result<std::optional<GivenSchema>>& given,
                                     Context& context) {
  const Result<Interpreter> interpreter = find_reader(project.python.version, context);
  if (!interpreter) return interpreter.error();
  const Result<Described> found = described(project, *interpreter, "", given, context);
  if (!found) return found.error();
  return read_description(project, *found, context.console);
}

Result<Predictor> describe_python(const Project& project, const BuildOptions& options,
                                  Context& context) {
  const Result<Interpreter> interpreter =
      find_interpreter(project.python.version, options.python, context);
  if (!interpreter) return interpreter.error();
  Result<PythonEnvironment> environment = plan_environment(project, *interpreter, context);
  if (!environment) return environment.error();
  const Result<Described> found =
      described(project, *interpreter, environment->key, given_schema(options.schema), context);
  if (!found) return found.error();
  Result<Description> description = read_description(project, *found, context.console);
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
                   .key = found->artifact.key,
                   .environment = std::move(*environment)};
}

}  // namespace cogpp::cli
