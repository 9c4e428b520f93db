// Which files CMake reads is not known from outside, so every source-like file of
// the project counts as an input.
#include "cli/build/cmake_project.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "cli/build/torch_location.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// In the build folder: the inputs of its last build. Its own time is that build's end.
constexpr const char* kBuilt = "cogpp-inputs";

constexpr std::array<std::string_view, 14> kSourceExtensions = {
    ".cpp", ".cc",  ".cxx", ".c",  ".hpp", ".hh",    ".hxx",
    ".h",   ".inl", ".ipp", ".cu", ".cuh", ".cmake", ".in"};

bool is_source(const fs::path& file) {
  if (file.filename() == "CMakeLists.txt") return true;
  for (const std::string_view extension : kSourceExtensions) {
    if (file.extension() == extension) return true;
  }
  return false;
}

}  // namespace

CMakeProject::CMakeProject(const Project& project, fs::path torch, const fs::path& cache_root,
                           Context& context)
    : project_(project),
      torch_(std::move(torch)),
      build_directory_(cache_root / "cmake" / sha256(project.directory.string())),
      context_(context) {}

std::vector<std::string> CMakeProject::configure_arguments() const {
  std::vector<std::string> arguments = {
      "-S",
      project_.directory.string(),
      "-B",
      build_directory_.string(),
      "-DCMAKE_BUILD_TYPE=Release",
      "-Dcogpp_DIR=" + context_.installation.cmake_package().string(),
      "-DCOGPP_PREDICTOR_DIRECTORY=" + (build_directory_ / "predictor").string()};
  if (const auto torch = find_torch(torch_, context_.cache)) {
    arguments.push_back("-DCOGPP_TORCH_PACKAGE=" + torch->package.string());
  }
  if (find_program("ninja")) arguments.insert(arguments.end(), {"-G", "Ninja"});
  return arguments;
}

std::string CMakeProject::request() const {
  std::string text = "cmake\n";
  for (const std::string& argument : configure_arguments()) text += argument + '\n';
  // Names too, so that a new file that a glob finds makes another request.
  for (const fs::path& file : inputs()) text += file.string() + '\n';
  return text;
}

std::vector<fs::path> CMakeProject::inputs() const {
  std::vector<fs::path> files;
  std::error_code error;
  for (const char* library : {"libcogpp_sdk.a", "libcogpp_torch.a"}) {
    const fs::path file = context_.installation.libraries() / library;
    if (fs::exists(file, error)) files.push_back(file);
  }
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(project_.directory, options, error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (entry->is_directory(ignored) && name.starts_with('.')) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored) && is_source(entry->path())) {
      files.push_back(entry->path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

Status CMakeProject::run_cmake(const fs::path& cmake, const std::vector<std::string>& arguments) {
  const Result<Finished> finished = run({.program = cmake,
                                         .arguments = arguments,
                                         .environment = {},
                                         .directory = project_.directory},
                                        context_.interrupt, context_.console);
  context_.console.end_progress();
  if (!finished) return finished.error();
  if (finished->status == 0) return {};
  context_.console.raw(finished->output + finished->errors);
  return Error{"could not build " + (project_.directory / "CMakeLists.txt").string() +
               " (see the messages above)"};
}

std::vector<std::string> CMakeProject::digests() const {
  std::vector<std::string> lines;
  for (const fs::path& file : inputs()) {
    const Result<std::string> digest = sha256_of_file(file);
    lines.push_back((digest ? *digest : std::string("unread")) + ' ' + file.string() + '\n');
  }
  return lines;
}

/// Whether each input that has changed since the last build is newer than it, as make and ninja
/// take for granted. Not so where files come with their times: out of an archive, or in an image,
/// where all have one and every project lies in the same folder.
bool CMakeProject::times_tell(const std::vector<std::string>& digests) const {
  const Result<std::string> before = read_file(build_directory_ / kBuilt);
  if (!before) return false;
  std::error_code error;
  const fs::file_time_type end = fs::last_write_time(build_directory_ / kBuilt, error);
  return !error && std::ranges::all_of(digests, [&](const std::string& line) {
    if (before->find(line) != std::string::npos) return true;
    const std::size_t name = line.find(' ') + 1;
    const fs::path file = line.substr(name, line.size() - 1 - name);
    return fs::last_write_time(file, error) > end && !error;
  });
}

Status CMakeProject::build(const fs::path& library) {
  std::error_code error;
  fs::create_directories(build_directory_.parent_path(), error);
  const Result<Descriptor> lock =
      lock_file(build_directory_.string() + ".lock", "Waiting for another build of this project...",
                context_);
  if (!lock) return lock.error();
  const std::vector<std::string> read = digests();
  if (!times_tell(read)) fs::remove_all(build_directory_, error);
  fs::remove(build_directory_ / kBuilt, error);
  const Status built = build_in_folder(library);
  // A file that changes during the build is older than this, and differs from what was read.
  if (built || !(built.error() == interrupted())) {
    const std::string text = std::accumulate(read.begin(), read.end(), std::string());
    static_cast<void>(write_file(build_directory_ / kBuilt, text));
  }
  return built;
}

Status CMakeProject::build_in_folder(const fs::path& library) {
  const std::optional<fs::path> cmake = find_program("cmake");
  if (!cmake) {
    return Error{
        "the project has a CMakeLists.txt, but cmake was not found. Install cmake, or "
        "remove CMakeLists.txt to have cogpp compile " +
        project_.source.string() + " itself"};
  }
  // Without --torch the project may do without libtorch, or find one by itself.
  if (!torch_.empty()) {
    if (const auto torch = find_torch(torch_, context_.cache); !torch) return torch.error();
  }
  std::error_code error;
  const fs::path folder = build_directory_ / "predictor";
  fs::remove_all(folder, error);
  context_.console.progress("Configuring CMakeLists.txt");
  if (const Status done = run_cmake(*cmake, configure_arguments()); !done) return done;
  context_.console.progress("Building CMakeLists.txt");
  if (const Status done = run_cmake(*cmake, {"--build", build_directory_.string()}); !done) {
    return done;
  }
  std::vector<fs::path> built;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".so") built.push_back(entry.path());
  }
  if (built.size() != 1) {
    return Error{
        "CMakeLists.txt must call cogpp_add_predictor(NAME SOURCE…) exactly once; it made " +
        std::to_string(built.size()) + " predictors"};
  }
  error = copy_regular_file(built.front(), library);
  if (error == std::errc::operation_canceled) return interrupted();
  if (error) return open_error(library, error.value());
  return {};
}

}  // namespace cogpp::cli
