// One loop waits for everything at once: status lines, logs, the server's end,
// signals, and the spinner's next tick.
#include "cli/support/server_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "cli/support/environment.hpp"
#include "cli/support/text.hpp"
#include "schema/json.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

constexpr std::chrono::milliseconds kServerStopGrace{5000};
/// The least status of a program that a signal has ended.
constexpr int kKilled = 128;

bool set_nonblocking(int fd) { return ::fcntl(fd, F_SETFL, O_NONBLOCK) == 0; }

/// Leaves the server warnings, errors and the model's logs, unless the user has said how much
/// it logs. `own_worker`: it is cogpp-worker.
void silence(Command& server, bool own_worker) {
  if (own_worker) server.arguments.emplace_back("--quiet");
  if (std::getenv("RUST_LOG") != nullptr || std::getenv("COG_LOG_LEVEL") != nullptr) return;
  server.environment.insert(server.environment.begin(), std::string("RUST_LOG=") + kModelLogs);
}

/// The last line of a log that says something.
std::string last_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  const auto begin = text.rfind('\n');
  return std::string(begin == std::string_view::npos ? text : text.substr(begin + 1));
}

}  // namespace

Error setup_timed_out(std::chrono::seconds timeout) {
  return Error{"Timed out: set-up took longer than " + std::to_string(timeout.count()) +
               " s. Allow more with --setup-timeout"};
}

Error setup_failed(std::string_view logs) {
  const std::string reason = last_line(logs);
  return Error{reason.empty() ? "Model setup failed" : "Model setup failed: " + reason};
}

Result<ServerProcess> ServerProcess::start(const ServerPlan& plan, Context& context) {
  Result<Pipe> status = Pipe::create();
  if (!status) return status.error();
  Result<Pipe> logs = Pipe::create();
  if (!logs) return logs.error();
  const bool relay = plan.logs == ServerLogs::kRelay;
  Command command{.program = context.installation.server(),
                  .arguments = plan.server_arguments,
                  .environment = plan.environment,
                  .directory = plan.project,
                  .standard_output = relay ? logs->write.get() : STDERR_FILENO,
                  .standard_error = relay ? logs->write.get() : -1,
                  .descriptors = {status->write.get()}};
  const std::filesystem::path& worker =
      plan.worker.empty() ? context.installation.worker() : plan.worker;
  command.arguments.insert(command.arguments.end(),
                           {"--project", plan.project.string(), "--status-fd",
                            std::to_string(status->write.get()), "--", worker.string()});
  command.arguments.insert(command.arguments.end(), plan.worker_arguments.begin(),
                           plan.worker_arguments.end());
  if (context.console.quiet()) silence(command, plan.worker.empty());
  context.console.debug(command.text());
  Result<Child> child = Child::start(command);
  if (!child) return child.error();
  set_nonblocking(logs->read.get());
  return ServerProcess(std::move(*child), variable_of(plan.environment, kTokenVariable),
                       std::move(status->read), relay ? std::move(logs->read) : Descriptor(),
                       context);
}

ServerProcess::~ServerProcess() {
  if (child_.ended_fd() < 0) return;  // moved from
  relay_.drain(logs_);
  relay_.finish();
  // What the server says about its own end is of no use to anyone, and a pipe that nobody
  // reads would hold it up.
  logs_.reset();
  const int status = child_.stop(kServerStopGrace);
  // One that had to be killed leaves its files, which may be large.
  std::error_code ignored;
  if (status >= kKilled && !scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
}

ServerProcess::Wake ServerProcess::wait(int extra_fd, std::optional<Clock::time_point> deadline) {
  for (;;) {
    std::array<pollfd, 5> waits = {{{context_.interrupt.fd(), POLLIN, 0},
                                    {logs_.get(), POLLIN, 0},
                                    {status_.get(), POLLIN, 0},
                                    {extra_fd, POLLIN, 0},
                                    {child_.ended_fd(), POLLIN, 0}}};
    const std::optional<int> timeout = context_.console.poll_timeout(deadline);
    if (!timeout) return Wake::kTimeout;
    ::poll(waits.data(), waits.size(), *timeout);
    context_.console.tick();
    if (waits[0].revents != 0) return Wake::kSignal;
    if (waits[1].revents != 0) relay_.drain(logs_);
    if (waits[2].revents != 0) {
      if (!read_available(status_.get(), status_text_)) status_.reset();
      if (status_text_.find('\n') != std::string::npos) return Wake::kStatus;
    }
    if (waits[3].revents != 0) return Wake::kExtra;
    if (waits[4].revents != 0) return Wake::kEnded;
  }
}

std::optional<std::string> ServerProcess::take_status_line() {
  const auto end = status_text_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  std::string line = status_text_.substr(0, end);
  status_text_.erase(0, end + 1);
  return line;
}

Error ServerProcess::ended_error() {
  context_.console.end_progress();
  const int status = child_.wait();
  relay_.drain(logs_);
  relay_.finish();
  return Error{"the prediction server ended with status " + std::to_string(status) +
               " (see the messages above)"};
}

Result<Endpoint> ServerProcess::wait_until_listening() {
  for (;;) {
    if (const std::optional<std::string> line = take_status_line()) {
      const Result<Json> event = parse_json(*line);
      if (event && event->is_object() && text_member(*event, "event") == "listening") {
        scratch_ = text_member(*event, "scratch");
        return Endpoint{text_member(*event, "host"), event->value("port", 0), token_};
      }
      continue;
    }
    switch (wait(-1, std::nullopt)) {
      case Wake::kSignal:
        return interrupted();
      case Wake::kEnded:
        return ended_error();
      default:
        break;
    }
  }
}

Status ServerProcess::wait_until_ready(std::optional<std::chrono::seconds> timeout) {
  std::optional<Clock::time_point> deadline;
  if (timeout) deadline = Clock::now() + *timeout;
  for (;;) {
    if (const std::optional<std::string> line = take_status_line()) {
      const Result<Json> event = parse_json(*line);
      if (!event || !event->is_object() || text_member(*event, "event") != "setup") continue;
      relay_.drain(logs_);
      context_.console.end_progress();
      if (text_member(*event, "status") == "succeeded") return {};
      return setup_failed(text_member(*event, "logs"));
    }
    switch (wait(-1, deadline)) {
      case Wake::kSignal:
        return interrupted();
      case Wake::kEnded:
        return ended_error();
      case Wake::kTimeout:
        context_.console.end_progress();
        return setup_timed_out(*timeout);
      default:
        break;
    }
  }
}

Status ServerProcess::relay_until_readable(int fd) {
  for (;;) {
    switch (wait(fd, std::nullopt)) {
      case Wake::kExtra:
        relay_.drain(logs_);
        return {};
      case Wake::kSignal:
        return interrupted();
      case Wake::kEnded:
        return ended_error();
      default:
        status_text_.clear();
    }
  }
}

void ServerProcess::tell_what_it_waits_for() {
  while (const std::optional<std::string> line = take_status_line()) {
    const Result<Json> event = parse_json(*line);
    if (!event || !event->is_object() || text_member(*event, "event") != "draining") continue;
    const auto running = event->value("predictions", std::size_t{0});
    context_.console.info("Waiting for " + counted(running, "prediction") +
                          " to end; Ctrl-C now ends the server at once");
  }
}

Result<bool> ServerProcess::run_to_end() {
  int signals = 0;
  for (;;) {
    switch (wait(-1, std::nullopt)) {
      case Wake::kSignal:
        if (const int signal = context_.interrupt.take(); signal != 0) {
          // The first one lets work finish, the second ends it.
          if (++signals <= 2) {
            child_.send(signal);
          } else {
            child_.send_to_group(SIGKILL);
          }
        }
        break;
      case Wake::kEnded:
        if (signals > 0) return true;
        if (child_.wait() == 0) return false;
        return ended_error();
      case Wake::kStatus:
        tell_what_it_waits_for();
        break;
      default:
        break;
    }
  }
}

}  // namespace cogpp::cli
