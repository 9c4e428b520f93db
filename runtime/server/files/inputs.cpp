// fetch_inputs: finds the inputs that are files, makes every file, and only then
// writes the paths into a copy of the rest. On any failure no file stays.
#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "runtime/server/client/stop_signal.hpp"
#include "runtime/server/client/url.hpp"
#include "runtime/server/files/data_url.hpp"
#include "runtime/server/files/download.hpp"
#include "runtime/server/files/files.hpp"
#include "runtime/server/files/new_file.hpp"
#include "schema/file_inputs.hpp"

namespace cogpp::server {
namespace {

constexpr std::size_t kParallelDownloads = 8;  // As many as Cog's runtime.

/// One value of the input that becomes a file.
struct Job {
  const Json* value;
  std::optional<files::NewFile> file;
  std::optional<Error> error;
};

/// Whether it has to be fetched; a data URL is only decoded.
bool is_download(const Job& job) {
  return !job.value->get_ref<const std::string&>().starts_with("data:");
}

/// What all jobs of one call share.
struct Shared {
  const std::filesystem::path& directory;
  const FetchLimits& limits;
  const client::StopSignal& stop;
};

Status write_data_url(Job& job, const std::string& url, const Shared& shared) {
  const auto parts = files::split_data_url(url);
  if (!parts) return parts.error();
  auto file = files::NewFile::create(shared.directory, files::file_name_of_type(parts->media_type));
  if (!file) return file.error();
  job.file.emplace(std::move(file).value());
  return files::decode_data_url(*parts,
                                [&job](std::string_view bytes) { return job.file->append(bytes); });
}

Status write_download(Job& job, const std::string& url, const Shared& shared) {
  const auto parsed = client::parse_url(url);
  if (!parsed) return parsed.error();
  auto file = files::NewFile::create(shared.directory, client::file_name_of_url(url));
  if (!file) return file.error();
  job.file.emplace(std::move(file).value());
  return files::download(*parsed, *job.file, shared.limits, shared.stop);
}

Status write(Job& job, const Shared& shared) {
  if (shared.stop.raised()) return Error{"the download was canceled"};
  const auto& url = job.value->get_ref<const std::string&>();
  return is_download(job) ? write_download(job, url, shared) : write_data_url(job, url, shared);
}

/// Runs on helper threads, so nothing may be thrown from here.
void run(Job& job, const Shared& shared) {
  try {
    if (const Status status = write(job, shared); !status) job.error = status.error();
  } catch (const std::exception& error) {
    job.error = Error{"cannot fetch an input file: " + std::string(error.what())};
  }
  if (job.file) job.file->close();
}

/// Runs all jobs, downloads several at a time. The first failure ends the others; its
/// index comes back, or the number of jobs.
std::size_t run_all(std::vector<Job>& jobs, const Shared& shared, std::stop_source& give_up) {
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> failed = jobs.size();
  const auto work = [&] {
    for (std::size_t i = next++; i < jobs.size(); i = next++) {
      run(jobs[i], shared);
      if (!jobs[i].error) continue;
      std::size_t none = jobs.size();
      failed.compare_exchange_strong(none, i);
      give_up.request_stop();
    }
  };
  const auto downloads = static_cast<std::size_t>(std::ranges::count_if(jobs, is_download));
  std::vector<std::jthread> helpers;  // Joined before the captured variables go.
  try {
    while (helpers.size() + 1 < std::min(downloads, kParallelDownloads)) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // No thread to be had: those that there are, this one at least, do the work.
  }
  work();
  helpers.clear();
  return failed;
}

using Paths = std::unordered_map<const Json*, std::string>;

/// A copy of `value` with a path in place of what became a file; the texts of data
/// URLs are not copied.
Json with_paths(const Json& value, const Paths& paths) {
  if (const auto found = paths.find(&value); found != paths.end()) return found->second;
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& element : value) list.push_back(with_paths(element, paths));
    return list;
  }
  if (!value.is_object()) return value;
  Json object = Json::object();
  for (const auto& [name, member] : value.items()) object[name] = with_paths(member, paths);
  return object;
}

}  // namespace

Result<Json> fetch_inputs(const Json& input, const schema::Signature& signature,
                          const std::filesystem::path& directory, const FetchLimits& limits,
                          std::stop_token stop) {
  std::vector<Job> jobs;
  for (const Json* value : schema::file_urls(input, signature)) jobs.push_back({value, {}, {}});
  if (jobs.empty()) return input;
  std::stop_source give_up;
  const std::stop_callback chain(stop, [&give_up] { give_up.request_stop(); });
  const auto signal = client::StopSignal::create(give_up.get_token());
  if (!signal) return signal.error();
  const std::size_t failed = run_all(jobs, {directory, limits, **signal}, give_up);
  if (stop.stop_requested()) return Error{"the download was canceled"};
  if (failed < jobs.size()) return *jobs[failed].error;
  Paths paths;
  for (Job& job : jobs) paths.emplace(job.value, job.file->path());
  Json fetched = with_paths(input, paths);
  for (Job& job : jobs) job.file->keep();
  return fetched;
}

}  // namespace cogpp::server
