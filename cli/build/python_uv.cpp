// pip puts it into a folder beside its place, and a rename makes it appear; its own time
// is when it was used last (cli/support/cache).
#include "cli/build/python_uv.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>

#include "cli/support/cache.hpp"
#include "cli/support/file_lock.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/step.hpp"
#include "cli/support/text.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Set: neither fetched nor run.
constexpr const char* kNoUv = "COGPP_NO_UV";

/// What pip may be told of which versions, and what else of a package, it takes. uv reads
/// neither pip's files nor its variables.
constexpr std::array<std::string_view, 14> kVersionSettings{
    "constraint",        "build-constraint",
    "requirement",       "no-binary",
    "only-binary",       "pre",
    "all-releases",      "only-final",
    "uploaded-prior-to", "prefer-binary",
    "no-deps",           "no-build-isolation",
    "require-hashes",    "ignore-requires-python"};

/// What it may be told of where packages come from.
constexpr std::array<std::string_view, 9> kSourceSettings{
    "index-url", "extra-index-url", "no-index",        "find-links", "trusted-host", "proxy",
    "cert",      "client-cert",     "keyring-provider"};

/// What tells uv where.
constexpr std::array<const char*, 6> kUvSettings{"UV_DEFAULT_INDEX", "UV_INDEX_URL",
                                                 "UV_INDEX",         "UV_EXTRA_INDEX_URL",
                                                 "UV_FIND_LINKS",    "UV_CONFIG_FILE"};

/// As for uv, an empty variable says nothing.
bool is_told_by(const char* variable) { return !environment_variable(variable).empty(); }

/// pip writes a line for each; warnings may follow the last. Another program's last line.
std::string last_error(const std::string& written) {
  std::string last = "it did not say why";
  bool of_pip = false;
  std::istringstream lines(written);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view kError = "ERROR: ";
    if (line.starts_with(kError)) {
      last = line.substr(kError.size());
      of_pip = true;
    } else if (!of_pip && !line.empty()) {
      last = line;
    }
  }
  return last;
}

bool uv_is_told() { return std::ranges::any_of(kUvSettings, is_told_by); }

class Fetcher {
 public:
  Fetcher(const fs::path& python, Context& context)
      : python_(python), program_(context.cache / kToolFolder / "uv"), context_(context) {}

  /// False: it is not there, and the reason has been said.
  Result<bool> fetch() {
    const fs::path folder = program_.parent_path();
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return given_up(open_error(folder, error.value()));
    // Beside the folder: what lies in it and is not used is removed.
    const Result<Descriptor> lock = lock_file(
        folder.string() + ".lock", "Waiting for another cogpp that fetches uv...", context_);
    if (!lock) return given_up(lock.error());
    if (ready()) return true;
    remove_abandoned(folder.parent_path() / "work");
    const Result<TemporaryDirectory> work =
        TemporaryDirectory::create(folder.parent_path() / "work");
    if (!work) return given_up(work.error());
    const fs::path fetched = work->path() / "bin/uv";
    const auto missing = failure(install(work->path()), "Fetching uv");
    if (!missing) return missing.error();
    if (*missing) return given_up(Error{"pip could not install it: " + **missing});
    // Whatever was installed for this platform must also start on it.
    const auto broken = failure({.program = fetched, .arguments = {"--version"}}, "");
    if (!broken) return broken.error();
    if (*broken) return given_up(Error{"it does not start on this machine: " + **broken});
    fs::rename(fetched, program_, error);
    if (error) return given_up(open_error(program_, error.value()));
    return true;
  }

  /// Whether it is there; it counts as used then.
  bool ready() const { return ::utimensat(AT_FDCWD, program_.c_str(), nullptr, 0) == 0; }

  /// Whether pip alone knows which packages are wanted, and from where.
  Result<bool> is_pips_own() {
    const Result<Finished> settings =
        run(pip({"config", "list"}), context_.interrupt, context_.console);
    if (!settings && settings.error() == interrupted()) return settings.error();
    if (!settings || settings->status != 0) return true;
    const PipSettings told = pip_settings(settings->output);
    return told == PipSettings::kVersions || (told == PipSettings::kSources && !uv_is_told());
  }

  const fs::path& program() const { return program_; }

 private:
  Command pip(const std::vector<std::string>& arguments) const {
    // -I: a file of the project named like a module of Python's must not take its place.
    std::vector<std::string> words = {"-I", "-m", "pip"};
    append(words, arguments);
    return {.program = python_, .arguments = std::move(words)};
  }

  /// Only what is made for this platform; where there is no network, without long waiting.
  Command install(const fs::path& folder) const {
    Command command =
        pip({"install", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary",
             ":all:", "--retries", "1", "--target", folder.string(), "uv"});
    // Where what pip leaves when it is killed goes with the folder.
    command.environment.push_back("TMPDIR=" + folder.string());
    return command;
  }

  /// What was wrong, in a line; nothing where it ended well. Fails when it is interrupted.
  Result<std::optional<std::string>> failure(const Command& command, const std::string& what) {
    const Result<Finished> finished = run_step(what, command, context_);
    if (!finished && finished.error() == interrupted()) return finished.error();
    if (!finished) return std::optional(finished.error().message);
    if (!finished->errors.empty()) context_.console.debug(finished->errors);
    if (finished->status == 0) return std::optional<std::string>();
    return std::optional(last_error(finished->errors));
  }

  Result<bool> given_up(const Error& why) {
    if (why == interrupted()) return why;
    context_.console.info("Going on without uv, which would be faster: " + why.message + " (" +
                          kNoUv + "=1 leaves it out)");
    return false;
  }

  const fs::path& python_;
  fs::path program_;
  Context& context_;
};

}  // namespace

PipSettings pip_settings(const std::string& list) {
  PipSettings told = PipSettings::kNone;
  std::istringstream lines(list);
  for (std::string line; std::getline(lines, line);) {
    const auto equals = line.find('=');
    const std::string name = line.substr(0, equals);
    const auto dot = name.rfind('.');
    if (equals == std::string::npos || dot == std::string::npos) continue;
    const std::string section = name.substr(0, dot);
    const bool installs = section == "global" || section == "install" || section == ":env:";
    const bool empty = line.substr(equals) == "=''";  // counts for nothing, as for pip
    if (!installs || empty) continue;
    const std::string key = name.substr(dot + 1);
    if (std::ranges::find(kVersionSettings, key) != kVersionSettings.end()) {
      return PipSettings::kVersions;
    }
    if (std::ranges::find(kSourceSettings, key) != kSourceSettings.end()) {
      told = PipSettings::kSources;
    }
  }
  return told;
}

Result<std::optional<fs::path>> cached_uv(const fs::path& python, bool fetch, Context& context) {
  const std::optional<fs::path> none;
  if (is_told_by(kNoUv)) return none;
  Fetcher fetcher(python, context);
  if (!fetch && !fetcher.ready()) return none;
  const Result<bool> pips = fetcher.is_pips_own();
  if (!pips) return pips.error();
  if (*pips) return none;
  if (fetcher.ready()) return std::optional(fetcher.program());
  const Result<bool> fetched = fetcher.fetch();
  if (!fetched) return fetched.error();
  return *fetched ? std::optional(fetcher.program()) : none;
}

std::optional<fs::path> uv_of_path() {
  return is_told_by(kNoUv) ? std::nullopt : find_program("uv");
}

std::vector<std::string> cached_uv_environment() {
  // A variable of ours would count for more than what the file says.
  if (is_told_by("UV_INDEX_STRATEGY") || is_told_by("UV_CONFIG_FILE")) return {};
  return {"UV_INDEX_STRATEGY=unsafe-best-match"};
}

}  // namespace cogpp::cli
