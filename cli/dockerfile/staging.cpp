// Small files are copied, so that their modes and times can be set; weights are linked where
// the file system allows it: the engine compares contents, a link costs it nothing.
#include "cli/dockerfile/staging.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

#include "cli/dockerfile/model_package.hpp"
#include "cli/image/layout.hpp"
#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "cli/support/signals.hpp"
#include "cli/weights/managed_files.hpp"
#include "schema/environment.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// An image has 127 layers at most; what is beyond these shares the last one.
constexpr std::size_t kMostWeightLayers = 32;
constexpr auto kFileMode = static_cast<fs::perms>(0644);
constexpr auto kExecutableMode = static_cast<fs::perms>(0755);

Error file_error(const fs::path& file, const std::error_code& error) {
  if (error == std::errc::operation_canceled) return interrupted();
  const bool full = error == std::errc::no_space_on_device;
  return Error{file.string() + ": " + error.message() +
               (full ? ". The project's folder .cog needs room for what goes into the image" : "")};
}

Status set_time(const fs::path& file, std::time_t time, long nanoseconds = 0) {
  const timespec at{.tv_sec = time, .tv_nsec = nanoseconds};
  const timespec times[] = {at, at};
  if (::utimensat(AT_FDCWD, file.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0) return {};
  return file_error(file, std::error_code(errno, std::generic_category()));
}

/// A part of a second that stands for the content: builders take a file of the same size
/// and time for the one that they have.
Result<long> content_nanoseconds(const fs::path& file) {
  constexpr unsigned long kSecond = 1000000000;
  std::error_code ignored;
  FileDigests digests = FileDigests::load({});
  const Result<std::string> digest = fs::is_symlink(file, ignored)
                                         ? sha256(fs::read_symlink(file, ignored).string())
                                         : digests.of(file);
  if (!digest) return digest.error();
  unsigned long number = 0;
  std::from_chars(digest->data(), digest->data() + 15, number, 16);
  return static_cast<long>(number % kSecond);
}

Status set_file_time(const fs::path& file, std::time_t time) {
  const Result<long> nanoseconds = content_nanoseconds(file);
  return nanoseconds ? set_time(file, time, *nanoseconds) : Status{nanoseconds.error()};
}

/// The model runs as another user: all may read, and execute what the owner may.
Status set_mode(const fs::path& file) {
  std::error_code error;
  const fs::perms mode = fs::status(file, error).permissions();
  const bool executable = (mode & fs::perms::owner_exec) != fs::perms::none;
  fs::permissions(file, executable ? kExecutableMode : kFileMode, error);
  return error ? Status{file_error(file, error)} : Status{};
}

bool readable_by_all(const fs::path& file) {
  std::error_code ignored;
  return (fs::status(file, ignored).permissions() & fs::perms::others_read) != fs::perms::none;
}

/// Folders have the time of their last change until all that is in them is there.
Status settle_folders(const fs::path& directory, std::time_t time) {
  std::error_code error;
  std::vector<fs::path> folders = {directory};
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_symlink(ignored) && entry->is_directory(ignored)) folders.push_back(*entry);
  }
  if (error) return file_error(directory, error);
  for (const fs::path& folder : folders) {
    fs::permissions(folder, kExecutableMode, error);
    if (error) return file_error(folder, error);
    if (const Status timed = set_time(folder, time); !timed) return timed;
  }
  return {};
}

Status copy_entry(const fs::path& from, const fs::path& to) {
  std::error_code error;
  if (fs::is_symlink(from, error)) {
    fs::copy_symlink(from, to, error);
    return error ? Status{file_error(from, error)} : Status{};
  }
  error = copy_regular_file(from, to);
  return error ? Status{file_error(from, error)} : set_mode(to);
}

/// What makes the project a model, relative to its folder: it stays also among managed weights.
std::array<fs::path, 3> model_files(const Project& project) {
  return {project.source, project.file.filename(),
          fs::path(project.config.trainer().file).lexically_normal()};
}

/// Whether an image lacks code where the project has it, since it goes with the weights.
bool loses_code(const ManagedFiles& managed, const fs::path& path) {
  constexpr std::array<std::string_view, 3> kCode = {".py", ".hpp", ".cpp"};
  if (std::find(kCode.begin(), kCode.end(), path.extension()) == kCode.end()) return false;
  const std::optional<fs::path> place = managed.place_of(path);
  return place && place->lexically_normal() != fs::path("/") / kImageSource / path;
}

}  // namespace

void warn_of_lost_code(const std::vector<fs::path>& lost, Console& console) {
  if (lost.empty()) return;
  const auto first = std::min_element(lost.begin(), lost.end());
  const std::string more =
      lost.size() == 1 ? "" : " (and " + std::to_string(lost.size() - 1) + " more)";
  console.warn(first->string() + more +
               " will not be in the image, since `weights` of cog.yaml names its folder. Say which "
               "files are weights with `include`, or leave code out of them with `exclude`");
}

Result<std::vector<SourceFile>> project_files(const Project& project,
                                              std::vector<fs::path>* lost_code) {
  const Result<IgnoreRules> rules = IgnoreRules::load(project.directory);
  if (!rules) return rules.error();
  const ManagedFiles managed(project.config.weights, project.directory);
  const std::array<fs::path, 3> needed = model_files(project);
  // Archives of `build --output` are no part of the image, nor are managed weights.
  const auto stays_out = [&](const fs::path& path) {
    if (std::find(needed.begin(), needed.end(), path) != needed.end()) return false;
    return managed.contains(path) || is_layout_archive(project.directory / path);
  };
  std::vector<SourceFile> files;
  std::error_code error;
  fs::recursive_directory_iterator entry(project.directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    std::error_code ignored;
    const fs::path path = entry->path().lexically_relative(project.directory);
    const bool link = entry->is_symlink(ignored);
    const bool directory = !link && entry->is_directory(ignored);
    // What `build --output` has written beside the sources is no part of the model.
    const bool layout = directory && fs::exists(entry->path() / kLayoutMarker, ignored);
    const bool own = path == ".cog" || layout;
    if (directory && (own || rules->ignores_all_below(path.string()))) {
      entry.disable_recursion_pending();
    }
    if (own || rules->ignores(path.string())) continue;
    // Sockets and pipes are no part of a model.
    const bool regular = !directory && !link;
    if (regular && !entry->is_regular_file(ignored)) continue;
    if (regular && stays_out(path)) {
      if (lost_code != nullptr && loses_code(managed, path)) lost_code->push_back(path);
      continue;
    }
    const std::uintmax_t size = directory || link ? 0 : entry->file_size(ignored);
    files.push_back({.path = path, .size = size, .directory = directory});
  }
  if (error) return file_error(project.directory, error);
  // Whether a file is an archive was not found out then.
  if (interrupt_pending()) return interrupted();
  std::sort(files.begin(), files.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return files;
}

Result<std::vector<PlacedFile>> placed_files(const Project& project, const SourceFile& file) {
  if (!is_model_package(project, file.path)) {
    return std::vector<PlacedFile>{{project.directory / file.path, file.path}};
  }
  const Result<fs::path> folder = unpacked_model(project);
  if (!folder) return folder.error();
  std::vector<PlacedFile> placed;
  std::error_code error;
  fs::recursive_directory_iterator entry(*folder, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (entry->is_directory(error)) continue;
    placed.push_back({entry->path(), file.path / entry->path().lexically_relative(*folder)});
  }
  if (error) return file_error(*folder, error);
  std::sort(placed.begin(), placed.end(),
            [](const PlacedFile& a, const PlacedFile& b) { return a.place < b.place; });
  return placed;
}

std::vector<std::vector<SourceFile>> weight_layers(const std::vector<SourceFile>& files) {
  std::vector<SourceFile> weights;
  std::copy_if(files.begin(), files.end(), std::back_inserter(weights),
               [](const SourceFile& file) { return file.weights(); });
  std::stable_sort(weights.begin(), weights.end(),
                   [](const SourceFile& a, const SourceFile& b) { return a.size > b.size; });
  std::vector<std::vector<SourceFile>> layers(std::min(weights.size(), kMostWeightLayers));
  for (std::size_t i = 0; i < weights.size(); ++i) {
    layers[std::min(i, kMostWeightLayers - 1)].push_back(std::move(weights[i]));
  }
  return layers;
}

Result<std::optional<std::time_t>> given_time(std::int64_t timestamp) {
  if (timestamp >= 0) return std::optional<std::time_t>(timestamp);
  const std::string text = environment_variable("SOURCE_DATE_EPOCH");
  if (text.empty()) return std::optional<std::time_t>();
  std::time_t time = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (error == std::errc() && end == text.data() + text.size() && time >= 0) {
    return std::optional<std::time_t>(time);
  }
  return Error{"SOURCE_DATE_EPOCH is " + text + ", not a number of seconds since 1970"};
}

Status settle_times(const fs::path& directory, std::optional<std::time_t> time) {
  std::error_code error;
  fs::recursive_directory_iterator entry(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    if (!entry->is_regular_file(error)) continue;
    if (const Status moded = set_mode(*entry); !moded) return moded;
    const Status timed = set_file_time(*entry, time.value_or(kUsualTime));
    if (!timed) return timed;
  }
  if (error) return file_error(directory, error);
  return settle_folders(directory, time.value_or(kUsualTime));
}

Result<BuildContext> BuildContext::create(const Project& project, std::optional<std::time_t> time) {
  const fs::path root = state_directory(project) / "build";
  std::error_code error;
  fs::remove_all(root, error);
  if (error) return file_error(root, error);
  for (const char* folder : {"source/src", "build", "image/src", "weights"}) {
    fs::create_directories(root / "context" / folder, error);
    if (error) return file_error(root / folder, error);
  }
  return BuildContext(root, time);
}

BuildContext::BuildContext(BuildContext&& other) noexcept
    : root_(std::exchange(other.root_, fs::path())), time_(other.time_) {}

BuildContext::~BuildContext() {
  if (root_.empty()) return;
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::time_t BuildContext::time() const { return time_.value_or(kUsualTime); }

Result<std::size_t> BuildContext::add_project(const Project& project,
                                              const std::vector<SourceFile>& files) {
  const fs::path source = fs::path("source") / kImageSource;
  for (const SourceFile& file : files) {
    if (file.weights()) continue;
    std::error_code error;
    if (file.directory) fs::create_directories(context() / source / file.path, error);
    if (error) return file_error(file.path, error);
    if (file.directory) continue;
    const Status added = add_source(project, file, source);
    if (!added) return added.error();
  }
  const std::vector<std::vector<SourceFile>> layers = weight_layers(files);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const fs::path folder = fs::path("weights") / std::to_string(i) / kImageSource;
    for (const SourceFile& file : layers[i]) {
      const Status added = add_source(project, file, folder);
      if (!added) return added.error();
    }
  }
  for (const char* folder : {"source", "weights"}) {
    const Status settled = settle_folders(context() / folder, time());
    if (!settled) return settled.error();
  }
  return layers.size();
}

Status BuildContext::write(const fs::path& name, std::string_view text) const {
  const fs::path file = context() / name;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  if (error) return file_error(file.parent_path(), error);
  if (const Status written = write_file(file, text); !written) return written;
  fs::permissions(file, kFileMode, error);
  if (error) return file_error(file, error);
  if (const Status timed = set_file_time(file, time()); !timed) return timed;
  return settle_folders(context() / *name.begin(), time());
}

Status BuildContext::add(const fs::path& file, const fs::path& name) const {
  const fs::path to = context() / name;
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (error) return file_error(to.parent_path(), error);
  if (const Status copied = copy_entry(file, to); !copied) return copied;
  return set_file_time(to, time());
}

Status BuildContext::add_source(const Project& project, const SourceFile& file,
                                const fs::path& folder) const {
  const Result<std::vector<PlacedFile>> placed = placed_files(project, file);
  if (!placed) return placed.error();
  // What was unpacked has its modes and times already.
  const bool linked = file.weights() || placed->size() > 1;
  for (const auto& [from, place] : *placed) {
    const Status added = linked ? add_weights(from, folder / place) : add(from, folder / place);
    if (!added) return added;
  }
  return {};
}

Status BuildContext::add_weights(const fs::path& file, const fs::path& name) const {
  // A link shares the time with the project's own file, and that must not be changed.
  if (time_ || !readable_by_all(file)) return add(file, name);
  const fs::path to = context() / name;
  std::error_code error;
  fs::create_directories(to.parent_path(), error);
  if (error) return file_error(to.parent_path(), error);
  fs::create_hard_link(file, to, error);
  return error ? add(file, name) : Status{};
}

}  // namespace cogpp::cli
