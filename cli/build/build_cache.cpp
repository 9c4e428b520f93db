// Layout under root: requests/<sha>, artifacts/<key>/, digests/<sha of base>, work/.
// A request's file lists its results, newest first:
//   artifact <key>         `-` where a dependency changed while it was built
//   <digest> <path>        one line a dependency
#include "cli/build/build_cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <sstream>
#include <system_error>

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// Results remembered for one request: switching between branches finds both.
constexpr std::size_t kResultsPerRequest = 8;
constexpr std::string_view kArtifact = "artifact ";
constexpr std::string_view kDoubtful = "artifact -\n";

/// The records of a request file, each "artifact <key>\n" and its dependencies.
std::vector<std::string> split_records(const std::string& text) {
  std::vector<std::string> records;
  std::size_t begin = text.starts_with(kArtifact) ? 0 : std::string::npos;
  while (begin != std::string::npos) {
    const auto next = text.find("\n" + std::string(kArtifact), begin);
    records.push_back(text.substr(begin, next == std::string::npos ? next : next + 1 - begin));
    begin = next == std::string::npos ? next : next + 1;
  }
  return records;
}

/// Takes out the record of a result that is not to be found, if there is one.
std::string take_doubtful(std::vector<std::string>& records) {
  std::string found;
  std::erase_if(records, [&](const std::string& record) {
    const bool doubtful = record.starts_with(kDoubtful);
    if (doubtful) found = record;
    return doubtful;
  });
  return found;
}

bool changed_since(const fs::path& file, std::chrono::system_clock::time_point time) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return true;
  return std::chrono::seconds(status.st_ctim.tv_sec) +
             std::chrono::nanoseconds(status.st_ctim.tv_nsec) >=
         time.time_since_epoch();
}

}  // namespace

BuildCache::BuildCache(fs::path root, fs::path base, const fs::path& source)
    : root_(std::move(root)),
      base_(std::move(base)),
      digests_(FileDigests::load(root_ / "digests" / sha256(base_.string()))) {
  if (source.empty()) return;
  const Result<std::string> digest = digests_.of(base_ / source);
  if (digest) source_digest_ = *digest;
}

fs::path BuildCache::request_file(const std::string& request) const {
  return root_ / "requests" / sha256(request + '\n' + source_digest_);
}

std::optional<Artifact> BuildCache::artifact(const std::string& key) const {
  Artifact result{.directory = root_ / "artifacts" / key, .key = key};
  std::optional<CacheUse> use = CacheUse::begin(result.signature());
  if (!use) return std::nullopt;
  result.use = std::move(*use);
  return result;
}

std::string BuildCache::name_of(const fs::path& file) const {
  const fs::path absolute = (base_ / file).lexically_normal();
  const fs::path relative = absolute.lexically_relative(base_);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return inside ? relative.string() : absolute.string();
}

std::optional<Artifact> BuildCache::find(const std::string& request) {
  begun_ = std::chrono::system_clock::now();
  const Result<std::string> text = read_file(request_file(request));
  if (!text) return std::nullopt;
  std::optional<Artifact> found;
  for (const std::string& record : split_records(*text)) {
    std::istringstream lines(record.substr(kArtifact.size()));
    std::string key;
    std::getline(lines, key);
    bool same = true;
    std::string digest;
    std::string path;
    while (same && lines >> digest && lines.get() == ' ' && std::getline(lines, path)) {
      const Result<std::string> now = digests_.of(base_ / path);
      same = now && *now == digest;
    }
    if (same) found = artifact(key);
    if (found) break;
  }
  // What is not asked for any more goes (cli/support/cache).
  if (found) ::utimensat(AT_FDCWD, request_file(request).c_str(), nullptr, 0);
  digests_.save();
  return found;
}

Result<TemporaryDirectory> BuildCache::work_directory() const {
  remove_abandoned(root_ / "work");
  return TemporaryDirectory::create(root_ / "work");
}

Result<Artifact> BuildCache::store(const std::string& request,
                                   const std::vector<fs::path>& dependencies,
                                   const TemporaryDirectory& built) {
  const Result<std::string> before = read_file(request_file(request));
  std::vector<std::string> records = split_records(before ? *before : std::string());
  const std::string doubted = take_doubtful(records);
  std::string lines;
  bool doubtful = false;
  for (const fs::path& dependency : dependencies) {
    const Result<std::string> digest = digests_.of(base_ / dependency);
    if (!digest) return digest.error();
    const std::string line = *digest + ' ' + name_of(dependency) + '\n';
    // What the build itself writes, it wrote alike the last time.
    doubtful = doubtful || (changed_since(base_ / dependency, begun_) &&
                            doubted.find('\n' + line) == std::string::npos);
    lines += line;
  }
  const std::string unique = doubtful ? built.path().filename().string() : "";
  const std::string key = sha256(request + '\n' + lines + unique);
  const fs::path directory = root_ / "artifacts" / key;
  std::error_code error;
  fs::create_directories(directory.parent_path(), error);
  if (!error) fs::create_directories(root_ / "requests", error);
  if (error) return open_error(root_, error.value());
  fs::rename(built.path(), directory, error);
  // Another program may have built the same meanwhile: its result is as good.
  std::optional<Artifact> result = artifact(key);
  if (!result) return open_error(directory, error ? error.value() : ENOENT);

  std::string text =
      (doubtful ? std::string(kDoubtful) : std::string(kArtifact) + key + '\n') + lines;
  records.resize(std::min(records.size(), kResultsPerRequest - 1));
  for (const std::string& record : records) text += record;
  if (const Status written = write_file(request_file(request), text); !written) {
    return written.error();
  }
  digests_.save();
  prune_cache(root_.parent_path());
  return std::move(*result);
}

std::vector<fs::path> parse_dependency_file(const std::string& text) {
  std::vector<fs::path> files;
  std::string name;
  const auto finish = [&] {
    if (!name.empty()) files.emplace_back(std::exchange(name, {}));
  };
  const auto colon = text.find(": ");
  for (std::size_t i = colon == std::string::npos ? text.size() : colon + 2; i < text.size(); ++i) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    if (c == '\\' && next == '\n') {
      finish();
      ++i;
    } else if ((c == '\\' && (next == ' ' || next == '#')) || (c == '$' && next == '$')) {
      name.push_back(next);
      ++i;
    } else if (c == '\n') {
      break;
    } else if (c == ' ') {
      finish();
    } else {
      name.push_back(c);
    }
  }
  finish();
  return files;
}

}  // namespace cogpp::cli
