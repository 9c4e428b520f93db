// Candidates in order: programs in PATH, pyenv's versions, scripts in PATH, uv's own.
#include "cli/build/python_interpreter.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <system_error>
#include <vector>

#include "cli/build/python_uv.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/paths.hpp"
#include "cli/support/process.hpp"
#include "schema/config.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// The interpreter's real path and version; -I keeps the user's settings out of it.
constexpr const char* kVersionQuestion =
    "import sys, platform; print(sys.executable); print(platform.python_version())";

/// "3.11" of "3.11.7".
std::string minor_of(const std::string& version) {
  const auto first = version.find('.');
  if (first == std::string::npos) return version;
  return version.substr(0, version.find('.', first + 1));
}

/// Cog needs 3.10 or later (cog-cli §4.3).
bool is_supported(const std::string& version) {
  constexpr int kOldest = 10;
  if (!version.starts_with("3.")) return false;
  int minor = 0;
  std::from_chars(version.data() + 2, version.data() + version.size(), minor);
  return minor >= kOldest;
}

bool is_script(const fs::path& program) {
  std::ifstream file(program, std::ios::binary);
  std::string start(2, '\0');
  file.read(start.data(), 2);
  return start == "#!";
}

std::optional<std::string> identity_of(const fs::path& program) {
  std::error_code error;
  const fs::path real = fs::canonical(program, error);
  struct stat status {};
  if (error || ::stat(real.c_str(), &status) != 0) return std::nullopt;
  // The path as called counts, too: a virtual environment's is a link.
  return program.string() + ' ' + real.string() + ' ' + std::to_string(status.st_size) + ' ' +
         std::to_string(status.st_mtim.tv_sec) + '.' + std::to_string(status.st_mtim.tv_nsec);
}

class Search {
 public:
  Search(std::string version, Context& context)
      : minor_(minor_of(version)), version_(std::move(version)), context_(context) {}

  /// The version of a program, asked or remembered. Nothing: it is no Python.
  Result<std::optional<Interpreter>> ask(const fs::path& program) {
    const std::optional<std::string> identity = identity_of(program);
    if (!identity) return std::optional<Interpreter>();
    const bool script = is_script(program);
    const fs::path memory = context_.cache / "python" / "interpreters" / sha256(*identity);
    if (!script) {
      if (Result<std::string> version = read_file(memory)) {
        return std::optional(Interpreter{program, *version, *identity + ' ' + *version});
      }
    }
    Result<Finished> finished =
        run({.program = program, .arguments = {"-I", "-c", kVersionQuestion}}, context_.interrupt,
            context_.console);
    if (!finished && finished.error() == interrupted()) return finished.error();
    if (!finished || finished->status != 0) return std::optional<Interpreter>();
    const std::string& answer = finished->output;
    const auto end = answer.find('\n');
    if (end == std::string::npos || answer.size() < end + 2) return std::optional<Interpreter>();
    const std::string version = answer.substr(end + 1, answer.size() - end - 2);
    // A script's own path says nothing: what it starts is the interpreter.
    const std::string started = answer.substr(0, end);
    if (script && !is_script(started)) return ask(started);
    std::error_code error;
    fs::create_directories(memory.parent_path(), error);
    // Only a memory: without it the program is asked again.
    if (!error) static_cast<void>(write_file(memory, version));
    return std::optional(Interpreter{program, version, *identity + ' ' + version});
  }

  Result<Interpreter> find() {
    if (version_.empty()) return Error{schema::kPythonVersionRequired};
    for (const bool scripts : {false, true}) {
      const Result<std::vector<fs::path>> programs = candidates(scripts);
      if (!programs) return programs.error();
      for (const fs::path& program : *programs) {
        const Result<std::optional<Interpreter>> found = ask(program);
        if (!found) return found.error();
        if (!*found) continue;
        if (serves_version((*found)->version, version_)) return **found;
        note(**found);
      }
    }
    return Error{
        "Python " + version_ + " is needed (build.python_version in cog.yaml), and was not found" +
        (others_.empty() ? "; there is no other Python in PATH either" : "; found: " + others_) +
        ". Install it, for example with: uv python install " + minor_ +
        "; or name an interpreter with --python PATH"};
  }

 private:
  /// Fails only when it is interrupted.
  Result<std::vector<fs::path>> candidates(bool scripts) const {
    std::vector<fs::path> programs;
    const auto add = [&](const fs::path& program) {
      std::error_code ignored;
      const bool known = std::find(programs.begin(), programs.end(), program) != programs.end();
      if (!known && ::access(program.c_str(), X_OK) == 0 && fs::is_regular_file(program, ignored) &&
          is_script(program) == scripts) {
        programs.push_back(program);
      }
    };
    for (const std::string& name : {"python" + minor_, std::string("python3")}) {
      for (const fs::path& directory : search_path()) add(directory / name);
    }
    if (scripts) {
      const Result<std::optional<fs::path>> managed = ask_uv();
      if (!managed) return managed.error();
      if (*managed) programs.push_back(**managed);
    } else {
      for (const fs::path& directory : pyenv_versions()) add(directory / "bin" / "python3");
    }
    return programs;
  }

  /// pyenv's shims answer only for the versions that it was told to use.
  std::vector<fs::path> pyenv_versions() const {
    const std::string given = environment_variable("PYENV_ROOT");
    const fs::path root = given.empty() ? expand_home("~/.pyenv") : fs::path(given);
    std::vector<fs::path> found;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(root / "versions", ignored)) {
      if (serves_version(entry.path().filename().string(), version_)) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

  /// The interpreter of this version that uv has or knows; it installs none.
  Result<std::optional<fs::path>> ask_uv() const {
    const std::optional<fs::path> uv = uv_of_path();
    if (!uv) return std::optional<fs::path>();
    const Result<Finished> finished =
        run({.program = *uv,
             .arguments = {"python", "find", "--no-project", "--offline", "--no-python-downloads",
                           minor_}},
            context_.interrupt, context_.console);
    if (!finished && finished.error() == interrupted()) return finished.error();
    if (!finished || finished->status != 0) return std::optional<fs::path>();
    return std::optional<fs::path>(finished->output.substr(0, finished->output.find('\n')));
  }

  void note(const Interpreter& other) {
    const std::string text = other.version + " (" + other.program.string() + ")";
    if (others_.find(other.version + " (") != std::string::npos) return;
    others_ += (others_.empty() ? "" : ", ") + text;
  }

  std::string minor_;
  std::string version_;
  std::string others_;
  Context& context_;
};

}  // namespace

bool serves_version(const std::string& have, const std::string& want) {
  return minor_of(have) == minor_of(want);
}

Result<Interpreter> find_interpreter(const std::string& version, const fs::path& given,
                                     Context& context) {
  Search search(version, context);
  if (given.empty()) return search.find();
  const std::optional<fs::path> program = find_program(given.string());
  if (!program) return Error{"--python " + given.string() + ": no such program"};
  const Result<std::optional<Interpreter>> found = search.ask(*program);
  if (!found) return found.error();
  if (!*found) return Error{"--python " + given.string() + " is not a Python interpreter"};
  if (!serves_version((*found)->version, version)) {
    context.console.warn("cog.yaml asks for Python " + version + "; --python is " +
                         (*found)->version);
  }
  return **found;
}

Result<Interpreter> find_reader(const std::string& version, Context& context) {
  Search search(version, context);
  Result<Interpreter> exact = search.find();
  if (exact || exact.error() == interrupted()) return exact;
  const std::optional<fs::path> program = find_program("python3");
  if (!program) return exact;
  const Result<std::optional<Interpreter>> other = search.ask(*program);
  if (!other) return other.error();
  return *other ? Result<Interpreter>(**other) : exact;
}

Result<std::optional<std::string>> local_python(Context& context) {
  const std::optional<fs::path> program = find_program("python3");
  if (!program) return std::optional<std::string>();
  const Result<std::optional<Interpreter>> found = Search("3", context).ask(*program);
  if (!found) return found.error();
  if (!*found || !is_supported((*found)->version)) return std::optional<std::string>();
  return std::optional(minor_of((*found)->version));
}

}  // namespace cogpp::cli
