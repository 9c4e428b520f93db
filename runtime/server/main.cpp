// cogpp-server: Cog's HTTP API in front of one worker process.
#include <signal.h>

#include <cstdio>
#include <utility>

#include "runtime/server/application.hpp"
#include "runtime/server/options.hpp"
#include "runtime/server/supervise/process.hpp"
#include "runtime/server/support/descriptors.hpp"
#include "runtime/server/support/memory.hpp"

namespace {

/// Signals are taken by main()'s thread alone, through a descriptor.
void block_signals() {
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

int main(int argc, char** argv) {
  cogpp::server::keep_freed_memory();
  auto parsed = cogpp::server::parse_options(argc, argv);
  if (!parsed.options) {
    std::fputs(parsed.message.c_str(), parsed.exit_code == 0 ? stdout : stderr);
    return parsed.exit_code;
  }
  cogpp::server::reserve_descriptors(parsed.options->concurrency);
  cogpp::server::raise_descriptor_limit();
  block_signals();
  auto application = cogpp::server::Application::create(std::move(*parsed.options));
  if (!application) {
    std::fprintf(stderr, "cogpp-server: %s\n", application.error().message.c_str());
    return 1;
  }
  return (*application)->run();
}
