// cogpp-worker: runs one predictor for cogpp-server, in a process of its own.
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "runtime/sdk/include/cogpp/version.hpp"
#include "runtime/worker/device.hpp"
#include "runtime/worker/options.hpp"
#include "runtime/worker/worker.hpp"

namespace {

volatile pid_t server_process = 0;

/// The kernel sends the signal when the *thread* that started this process ends,
/// too; only a new parent means that the server is gone.
void on_parent_death(int) {
  if (::getppid() != server_process) ::_exit(1);
}

/// The server decides when a worker ends; Ctrl-C reaches the whole terminal group.
void on_interrupt(int) {}

void set_handler(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigaction(signal_number, &action, nullptr);
}

void follow_server() {
  server_process = ::getppid();
  set_handler(SIGHUP, on_parent_death);
  set_handler(SIGINT, on_interrupt);
  ::prctl(PR_SET_PDEATHSIG, SIGHUP);
}

int run(const cogpp::worker::Options& options) {
  using cogpp::worker::Task;
  switch (options.task) {
    case Task::kHelp:
      std::fputs(cogpp::worker::help_text(), stdout);
      return 0;
    case Task::kVersion:
      std::printf("cogpp-worker %s\n", cogpp::kSdkVersion);
      return 0;
    case Task::kProbeDevice: {
      const auto json = cogpp::worker::probe_json(cogpp::worker::probe_cuda());
      std::printf("%s\n", cogpp::to_text(json).c_str());
      return 0;
    }
    case Task::kDescribe:
      return cogpp::worker::describe(options);
    case Task::kServe:
      follow_server();
      return cogpp::worker::serve(options);
  }
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const auto options =
      cogpp::worker::parse_options(std::vector<std::string>(argv + 1, argv + argc));
  if (!options) {
    std::fprintf(stderr, "cogpp-worker: %s\n", options.error().message.c_str());
    return 2;
  }
  // What a predictor prints with stdio appears line by line, although it is a pipe.
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
  return run(*options);
}
