// A process is named by its id and its start time, so that a reused id does not
// count as the same process.
#include "cli/support/serve_state.hpp"

#include <unistd.h>

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
  const Json state = {{"pid", ::getpid()},
                      {"started", process_start(::getpid())},
                      {"host", endpoint.host},
                      {"port", endpoint.port},
                      {"key", key}};
  const fs::path file = directory / kFileName;
  if (const Status written = write_file(file, to_text(state) + "\n", 0600); !written) {
    return written.error();
  }
  return ServeState(file);
}

ServeState::ServeState(ServeState&& other) noexcept : file_(std::exchange(other.file_, {})) {}

ServeState::~ServeState() {
  if (file_.empty()) return;
  // Another serve of the same project may have replaced it.
  const Result<std::string> text = read_file(file_);
  const Result<Json> state = text ? parse_json(*text) : Error{""};
  if (state && state->is_object() && state->value("pid", 0) == ::getpid()) {
    std::error_code ignored;
    fs::remove(file_, ignored);
  }
}

bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "::1"; }

std::optional<Endpoint> find_server(const fs::path& directory, const std::string& key) {
  const fs::path file = directory / kFileName;
  const Result<std::string> text = read_file(file);
  if (!text) return std::nullopt;
  const Result<Json> state = parse_json(*text);
  const auto text_of = [&](const char* name) { return text_member(*state, name); };
  const auto number_of = [&](const char* name) {
    const auto found = state->find(name);
    return found != state->end() && found->is_number_integer() ? found->get<int>() : 0;
  };
  const bool readable = state && state->is_object();
  const std::string started = readable ? process_start(number_of("pid")) : "";
  if (started.empty() || started != text_of("started")) {
    std::error_code ignored;
    fs::remove(file, ignored);
    return std::nullopt;
  }
  if (text_of("key") != key || !is_loopback(text_of("host"))) return std::nullopt;
  return Endpoint{text_of("host"), number_of("port")};
}

}  // namespace cogpp::cli
