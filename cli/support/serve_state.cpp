// A process is named by its id and its start time, so that a reused id does not
// count as the same process.
#include "cli/support/serve_state.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

#include "cli/support/digest.hpp"
#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "schema/json.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

constexpr const char* kFileName = "serve.json";

int number_of(const Json& entry, const char* name) {
  const Json& number = part_of(entry, name);
  return number.is_number_integer() ? number.get<int>() : 0;
}

bool lives(const Json& entry) {
  const std::string started = process_start(number_of(entry, "pid"));
  return !started.empty() && started == text_member(entry, "started");
}

bool is_own(const Json& entry) { return number_of(entry, "pid") == ::getpid(); }

/// All entries of the file, the oldest first; null: it has none that can be read.
Json read_entries(const fs::path& directory) {
  const Result<std::string> text = read_file(directory / kFileName);
  const Result<Json> entries = text ? parse_json(*text) : Error{""};
  return entries && entries->is_array() ? *entries : Json();
}

/// Drops what `unwanted` finds and adds `more`, while no other process changes the file.
template <class Predicate>
Status change_entries(const fs::path& directory, Predicate unwanted, const Json& more) {
  const Descriptor lock(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock.get() < 0 || ::flock(lock.get(), LOCK_EX) != 0) return open_error(directory, errno);
  Json kept = Json::array();
  for (const Json& entry : read_entries(directory)) {
    if (!unwanted(entry)) kept.push_back(entry);
  }
  kept.insert(kept.end(), more.begin(), more.end());
  const fs::path file = directory / kFileName;
  if (!kept.empty()) return write_file(file, to_text(kept) + "\n", 0600);
  std::error_code ignored;
  fs::remove(file, ignored);
  return {};
}

}  // namespace

std::string serve_key(const ServeKeyParts& parts) {
  std::string text = parts.predictor + '\n' + parts.device + '\n' + parts.weights + '\n';
  for (const std::string& variable : parts.environment) text += variable + '\n';
  return sha256(text);
}

Result<ServeState> ServeState::publish(const fs::path& directory, const Endpoint& endpoint,
                                       const std::string& key) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return open_error(directory, error.value());
  const Json entry = {{"pid", ::getpid()},
                      {"started", process_start(::getpid())},
                      {"host", endpoint.host},
                      {"port", endpoint.port},
                      {"key", key}};
  const Status added = change_entries(directory, std::not_fn(lives), Json::array({entry}));
  if (!added) return added.error();
  return ServeState(directory);
}

ServeState::ServeState(ServeState&& other) noexcept
    : directory_(std::exchange(other.directory_, {})) {}

ServeState::~ServeState() {
  if (directory_.empty()) return;
  static_cast<void>(change_entries(directory_, is_own, Json::array()));
}

bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "::1"; }

std::optional<Endpoint> find_server(const fs::path& directory, const std::string& key) {
  std::error_code ignored;
  if (!fs::exists(directory / kFileName, ignored)) return std::nullopt;
  const Json entries = read_entries(directory);
  if (entries.empty() || !std::all_of(entries.begin(), entries.end(), lives)) {
    static_cast<void>(change_entries(directory, std::not_fn(lives), Json::array()));
  }
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const std::string host = text_member(*entry, "host");
    if (text_member(*entry, "key") != key || !is_loopback(host) || !lives(*entry)) continue;
    return Endpoint{host, number_of(*entry, "port")};
  }
  return std::nullopt;
}

}  // namespace cogpp::cli
