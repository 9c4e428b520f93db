// Three ways to a predictor library: one source file, a CMake project, or the
// library for model files that cogpp ships.
#include "cli/build/native.hpp"

#include <sys/stat.h>

#include <algorithm>

#include "cli/build/build_cache.hpp"
#include "cli/build/cmake_project.hpp"
#include "cli/build/compiler.hpp"
#include "cli/build/python_project.hpp"
#include "cli/build/torch_location.hpp"
#include "cli/support/process.hpp"
#include "cli/support/step.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"
#include "schema/json.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Part of every request: raise it when a result of an older cogpp must not be used.
constexpr const char* kNativeCacheRevision = "cogpp-native-1";

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + '\n';
  return text;
}

Result<Finished> ask_worker(const Loading& loading, const Project& project, Context& context) {
  Command command{.program = context.installation.worker(),
                  .arguments = loading.arguments,
                  .environment = loading.environment,
                  .directory = project.directory};
  command.arguments.insert(command.arguments.end(),
                           {"--project", project.directory.string(), "--describe"});
  return run(command, context.interrupt, context.console);
}

/// The text of the worker's answer, checked.
Result<std::string> describe(const Loading& loading, const Project& project, Context& context) {
  Result<Finished> finished = ask_worker(loading, project, context);
  if (!finished) return finished.error();
  if (finished->status != 0) {
    context.console.raw(finished->errors);
    return Error{"the predictor in " + project.source.string() +
                 " could not be loaded (see the message above)"};
  }
  const Result<Description> description = parse_description(finished->output);
  if (!description) return description.error().within("cogpp-worker --describe");
  return finished->output;
}

Status describe_into(const fs::path& directory, const Loading& loading, const Project& project,
                     Context& context) {
  const Result<std::string> signature = describe(loading, project, context);
  if (!signature) return signature.error();
  return write_file(directory / "signature.json", *signature);
}

/// Where to build what the cache does not have.
Result<TemporaryDirectory> begin_build(const Project& project, const BuildCache& cache,
                                       Context& context) {
  warn_of_image_steps(project, context.console);
  return cache.work_directory();
}

/// Torch's own headers are thousands and never change: its version stands for them.
std::vector<fs::path> without_torch(std::vector<fs::path> files,
                                    const std::optional<TorchLocation>& torch) {
  if (!torch) return files;
  const std::string prefix = torch->package.string() + "/";
  std::erase_if(files, [&](const fs::path& file) { return file.string().starts_with(prefix); });
  files.push_back(torch->package / "version.py");
  return files;
}

Result<std::vector<fs::path>> compile(const Project& project, const Compiler& compiler,
                                      std::vector<std::string> arguments, const fs::path& work,
                                      Context& context) {
  const fs::path dependency_file = work / "dependencies";
  const fs::path library = work / "predictor.so";
  arguments.insert(arguments.end(), {"-o", library.string(), "-MD", "-MF", dependency_file.string(),
                                     "-MT", "predictor"});
  if (context.console.color()) arguments.emplace_back("-fdiagnostics-color=always");
  const Result<Finished> finished = run_step("Compiling " + project.source.string(),
                                             {.program = compiler.program,
                                              .arguments = arguments,
                                              .environment = {"TMPDIR=" + work.string()},
                                              .directory = project.directory},
                                             context);
  if (!finished) return finished.error();
  context.console.raw(finished->output + finished->errors);
  if (finished->status != 0) {
    return Error{"could not compile " + project.source.string() + " (see the messages above)"};
  }
  const Result<std::string> text = read_file(dependency_file);
  if (!text) return text.error();
  fs::remove(dependency_file);
  return parse_dependency_file(*text);
}

Result<Artifact> build_source(const Project& project, const BuildOptions& options,
                              BuildCache& cache, Context& context) {
  const Result<Compiler> compiler = find_compiler();
  if (!compiler) return compiler.error();
  CompileRequest request{project.source, context.installation, std::nullopt};
  if (uses_torch(project.directory / project.source)) {
    Result<TorchLocation> torch = find_torch(options.torch, context.cache);
    if (!torch) return torch.error();
    request.torch = std::move(*torch);
  }
  const std::vector<std::string> arguments = compile_arguments(request);
  const std::string text =
      std::string(kNativeCacheRevision) + '\n' + compiler->identity + '\n' + join(arguments);
  if (std::optional<Artifact> found = cache.find(text)) return std::move(*found);

  Result<TemporaryDirectory> work = begin_build(project, cache, context);
  if (!work) return work.error();
  Result<std::vector<fs::path>> read =
      compile(project, *compiler, arguments, work->path(), context);
  if (!read) return read.error();
  std::vector<fs::path> dependencies = without_torch(std::move(*read), request.torch);
  for (const std::string& argument : arguments) {
    if (argument.ends_with(".a")) dependencies.emplace_back(argument);
  }
  const std::string library = (work->path() / "predictor.so").string();
  if (const Status described =
          describe_into(work->path(), {.arguments = {"--library", library}}, project, context);
      !described) {
    return described.error();
  }
  return cache.store(text, dependencies, *work);
}

Result<Artifact> build_cmake(const Project& project, const BuildOptions& options, BuildCache& cache,
                             Context& context) {
  CMakeProject cmake(project, options.torch, cache.root(), context);
  const std::string text = std::string(kNativeCacheRevision) + '\n' + cmake.request();
  if (std::optional<Artifact> found = cache.find(text)) return std::move(*found);
  Result<TemporaryDirectory> work = begin_build(project, cache, context);
  if (!work) return work.error();
  const fs::path library = work->path() / "predictor.so";
  if (const Status built = cmake.build(library); !built) return built.error();
  if (const Status described = describe_into(
          work->path(), {.arguments = {"--library", library.string()}}, project, context);
      !described) {
    return described.error();
  }
  return cache.store(text, cmake.inputs(), *work);
}

/// Files of the project that the `tensors` section names, such as label lists.
void collect_files(const Json& json, const fs::path& directory, std::vector<fs::path>& files) {
  if (json.is_string()) {
    const fs::path file = directory / json.get<std::string>();
    std::error_code ignored;
    if (fs::is_regular_file(file, ignored)) files.push_back(file);
  }
  if (!json.is_structured()) return;
  for (const auto& item : json) collect_files(item, directory, files);
}

/// A model file is too large to read for a key: its size and times stand for it.
Result<std::string> file_identity(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return open_error(file, errno);
  return file.string() + ' ' + std::to_string(status.st_size) + ' ' +
         std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec) +
         ' ' + std::to_string(status.st_ino);
}

Result<Loading> model_loading(const Project& project, const BuildOptions& options,
                              const Context& context) {
  const fs::path library = context.installation.libraries() / "libcogpp_model.so";
  Loading loading{.arguments = {"--library", library.string(), "--model",
                                (project.directory / project.source).string()}};
  if (!project.tensors.empty()) {
    loading.arguments.insert(loading.arguments.end(), {"--tensors", project.tensors});
  }
  const Result<TorchLocation> torch = find_torch(options.torch, context.cache);
  // Without --torch the library still knows the place on the build host.
  if (!torch && !options.torch.empty()) return torch.error();
  if (torch) {
    const std::string before = environment_variable("LD_LIBRARY_PATH");
    loading.environment.push_back("LD_LIBRARY_PATH=" + torch->libraries().string() +
                                  (before.empty() ? "" : ":" + before));
  }
  return loading;
}

Result<Artifact> prepare_model(const Project& project, const Loading& loading, BuildCache& cache,
                               Context& context) {
  const fs::path library = context.installation.libraries() / "libcogpp_model.so";
  if (!fs::exists(library)) {
    return Error{project.source.string() +
                 " is a model file, and this cogpp was built without "
                 "libtorch (COGPP_WITH_TORCH=OFF): " +
                 library.string() + " is missing"};
  }
  const Result<std::string> model = file_identity(project.directory / project.source);
  if (!model) return model.error();
  const std::string text = std::string(kNativeCacheRevision) + '\n' + *model + '\n' +
                           join(loading.arguments) + join(loading.environment);
  if (std::optional<Artifact> found = cache.find(text)) return std::move(*found);
  Result<TemporaryDirectory> work = begin_build(project, cache, context);
  if (!work) return work.error();
  if (const Status described = describe_into(work->path(), loading, project, context); !described) {
    return described.error();
  }
  std::vector<fs::path> files = {library};
  if (const Result<Json> tensors = parse_json(project.tensors)) {
    collect_files(*tensors, project.directory, files);
  }
  return cache.store(text, files, *work);
}

}  // namespace

std::string openapi_text(const Project& project, const Description& description) {
  return project.trains_only
             ? schema::training_file_text(*description.training)
             : schema::openapi_file_text(description.signature, description.training);
}

fs::path predictor_library(const Predictor& predictor) {
  const std::vector<std::string>& words = predictor.loading.arguments;
  const auto flag = std::find(words.begin(), words.end(), "--library");
  return flag == words.end() || flag + 1 == words.end() ? fs::path() : fs::path(*(flag + 1));
}

std::string tensors_problem(const Project& project, const BuildOptions& options, Context& context) {
  const Result<Loading> loading = model_loading(project, options, context);
  if (!loading) return {};
  const Result<Finished> finished = ask_worker(*loading, project, context);
  if (!finished || finished->status == 0) return {};
  constexpr std::string_view kWorker = "cogpp-worker: ";
  const auto begin = finished->errors.find(std::string(kWorker) + "tensors");
  if (begin == std::string::npos) return {};
  return first_line(std::string_view(finished->errors).substr(begin + kWorker.size()));
}

Result<Predictor> build_predictor(const Project& project, const BuildOptions& options,
                                  Context& context) {
  std::error_code ignored;
  if (!fs::exists(project.directory / project.source, ignored)) {
    return Error{project.source.string() + " is named in " + project.file.string() +
                 ", but there is no such file in " + project.directory.string()};
  }
  if (project.kind == PredictorKind::kPython) {
    return describe_python(project, options, context);
  }
  const bool model = project.kind == PredictorKind::kModelFile;
  // A model file's identity is part of its request.
  BuildCache cache(context.cache / "native", project.directory,
                   model ? fs::path() : project.source);
  const bool cmake = !model && fs::exists(project.directory / "CMakeLists.txt", ignored);
  Result<Loading> loading =
      model ? model_loading(project, options, context) : Result<Loading>(Loading{});
  if (!loading) return loading.error();
  Result<Artifact> artifact = model   ? prepare_model(project, *loading, cache, context)
                              : cmake ? build_cmake(project, options, cache, context)
                                      : build_source(project, options, cache, context);
  if (!artifact) return artifact.error();
  const Result<std::string> text = read_file(artifact->signature());
  if (!text) return text.error();
  Result<Description> description = parse_description(*text);
  if (!description) return description.error().within(artifact->signature().string());
  if (const Status named = check_names(project, *description); !named) return named.error();
  if (!model) loading->arguments = {"--library", artifact->library().string()};
  return Predictor{.loading = std::move(*loading),
                   .description = std::move(*description),
                   .key = artifact->key,
                   .use = std::move(artifact->use),
                   .description_text = *text};
}

}  // namespace cogpp::cli
