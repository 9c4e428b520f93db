#include "cli/engine/owner.hpp"

#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "cli/support/process.hpp"

// A process is its id and the time of its start.
namespace cogpp::cli {
namespace fs = std::filesystem;
namespace {

/// `localhost` may lead to another program's port of version 6.
constexpr const char* kThisMachine = "127.0.0.1";

std::string own_place() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  std::error_code ignored;
  const std::string pids = fs::read_symlink("/proc/self/ns/pid", ignored).string();
  return std::string(host.data()) + "/" + pids + "/";
}

}  // namespace

std::string own_identity() {
  return own_place() + std::to_string(::getpid()) + "/" + process_start(::getpid());
}

bool is_abandoned(const std::string& identity) {
  const std::string here = own_place();
  if (!identity.starts_with(here)) return false;
  const std::string process = identity.substr(here.size());
  const auto slash = process.find('/');
  if (slash == std::string::npos) return false;
  int pid = 0;
  std::from_chars(process.data(), process.data() + slash, pid);
  return process_start(pid) != process.substr(slash + 1);
}

std::string container_name() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  return "cogpp-" + std::to_string(::getpid()) + "-" + std::to_string(now);
}

bool engine_is_local(const Engine& engine) {
  const std::string host = engine_host(engine);
  return host == kThisMachine || host == "localhost" || host == "::1";
}

std::string engine_host(const Engine& engine) {
  const std::string_view address = engine.address;
  for (const std::string_view scheme : {"tcp://", "ssh://"}) {
    if (!address.starts_with(scheme)) continue;
    std::string_view host = address.substr(scheme.size());
    if (const auto at = host.find('@'); at != std::string_view::npos) host.remove_prefix(at + 1);
    if (host.starts_with('[')) return std::string(host.substr(1, host.find(']') - 1));
    return std::string(host.substr(0, host.find_first_of(":/")));
  }
  return kThisMachine;
}

}  // namespace cogpp::cli
