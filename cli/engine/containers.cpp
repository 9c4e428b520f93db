// The engine's client runs attached to the container: its end is the container's, its
// output is the container's logs, and the signals that it gets reach the container.
#include "cli/engine/containers.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "cli/engine/owner.hpp"
#include "cli/support/server_process.hpp"
#include "cli/support/text.hpp"
#include "schema/json.hpp"
#include "schema/json_members.hpp"

namespace cogpp::cli {
namespace {

/// Shared memory of a container, as Cog's: loaders of training data need it.
constexpr const char* kSharedMemory = "6g";
constexpr std::chrono::milliseconds kContainerStopGrace{3000};
/// The exit status of an engine's client that could not start the container.
constexpr int kEngineFailed = 125;
constexpr std::chrono::milliseconds kHealthPause{100};
/// How long an engine may keep a container's log back, and how often that is looked at.
constexpr std::chrono::milliseconds kLogDelay{1000};
constexpr std::chrono::milliseconds kLogPause{10};
constexpr std::chrono::milliseconds kHealthTimeout{250};

/// podman takes GPUs by the names of the Container Device Interface.
void add_gpus(std::vector<std::string>& words, EngineKind kind, const std::string& gpus) {
  if (gpus.empty()) return;
  if (kind == EngineKind::kDocker) {
    // Docker reads the value as CSV: a list needs quotes of its own.
    const bool list = gpus.find(',') != std::string::npos;
    append(words, {"--gpus", list ? "\"" + gpus + "\"" : gpus});
    return;
  }
  constexpr std::string_view kDevices = "device=";
  if (!gpus.starts_with(kDevices)) {
    if (gpus == "all") append(words, {"--device", "nvidia.com/gpu=all"});
    int count = 0;
    std::from_chars(gpus.data(), gpus.data() + gpus.size(), count);
    for (int i = 0; i < count; ++i)
      append(words, {"--device", "nvidia.com/gpu=" + std::to_string(i)});
    return;
  }
  for (std::size_t begin = kDevices.size(); begin <= gpus.size();) {
    const auto end = std::min(gpus.find(',', begin), gpus.size());
    append(words, {"--device", "nvidia.com/gpu=" + gpus.substr(begin, end - begin)});
    begin = end + 1;
  }
}

/// A field of `--mount`, which engines read as CSV.
std::string mount_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

/// Unlike `--volume`, fails where the source is missing and takes any name.
std::string mount_text(const Mount& mount) {
  return "type=bind," + mount_field("source=" + mount.source.string()) + "," +
         mount_field("target=" + mount.target) + (mount.read_only ? ",readonly" : "");
}

/// An engine without privileges gives the user's ids to others in the container, unless told.
void add_user(std::vector<std::string>& words, EngineKind kind, const std::string& user) {
  if (user.empty()) return;
  append(words, {"--user", user});
  if (kind == EngineKind::kPodman && !user.starts_with("0:")) {
    append(words, {"--userns", "keep-id"});
  }
}

std::string publish_text(const PortMapping& port) {
  const bool v6 = port.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + port.host + "]" : port.host;
  return host + ":" + (port.host_port == 0 ? "" : std::to_string(port.host_port)) + ":" +
         std::to_string(port.container_port);
}

Error port_error(const std::string& text, const std::string& message) {
  return Error{"invalid port \"" + text + "\": " + message};
}

/// Splits `host:port`; the host may be an address of version 6, with brackets or without.
Result<std::pair<std::string, std::string>> split_publish(const std::string& text) {
  if (!text.starts_with('[')) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::pair(std::string("127.0.0.1"), text);
    if (colon == 0) return port_error(text, "host cannot be empty");
    return std::pair(text.substr(0, colon), text.substr(colon + 1));
  }
  const auto close = text.find(']');
  if (close == std::string::npos) {
    return port_error(text, "missing closing bracket for IPv6 address");
  }
  if (close + 1 == text.size()) return port_error(text, "port is required after IPv6 address");
  if (text[close + 1] != ':') return port_error(text, "expected ':' after ']'");
  if (close == 1) return port_error(text, "host cannot be empty");
  return std::pair(text.substr(1, close - 1), text.substr(close + 2));
}

}  // namespace

std::optional<Status> settled_health(const std::string& body) {
  const Result<Json> health = parse_json(body);
  const std::string status = health ? text_member(*health, "status") : "";
  if (status == "STARTING" || status == "UNKNOWN") return std::nullopt;
  // An unhealthy model takes predictions all the same.
  if (status == "READY" || status == "BUSY" || status == "UNHEALTHY") return Status{};
  if (status == "SETUP_FAILED") {
    return Status{setup_failed(text_member(part_of(*health, "setup"), "logs"))};
  }
  return Status{Error{"Container healthcheck returned unexpected status: " + status}};
}

std::vector<std::string> run_arguments(EngineKind kind, const ContainerPlan& plan,
                                       const std::string& name) {
  std::vector<std::string> words = {
      "run",        "--rm",       "--name", name, "--label", kOwnerLabel + ("=" + own_identity()),
      "--shm-size", kSharedMemory};
  if (plan.interactive) words.emplace_back("--interactive");
  if (plan.terminal) words.emplace_back("--tty");
  add_gpus(words, kind, plan.gpus);
  for (const PortMapping& port : plan.ports) append(words, {"--publish", publish_text(port)});
  for (const Mount& mount : plan.mounts) append(words, {"--mount", mount_text(mount)});
  add_user(words, kind, plan.user);
  for (const std::string& variable : plan.environment) append(words, {"--env", variable});
  if (plan.host_gateway) append(words, {"--add-host", "host.docker.internal:host-gateway"});
  if (!plan.directory.empty()) append(words, {"--workdir", plan.directory});
  words.push_back(plan.image);
  words.insert(words.end(), plan.arguments.begin(), plan.arguments.end());
  return words;
}

Status check_gpus(const std::string& gpus) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const bool number = !gpus.empty() && std::all_of(gpus.begin(), gpus.end(), digit);
  const bool devices = gpus.starts_with("device=") && gpus.size() > 7;
  if (gpus.empty() || gpus == "all" || gpus == "none" || number || devices) return {};
  return Error{"invalid GPU specification: \"" + gpus + "\""};
}

Result<PortMapping> parse_publish(const std::string& text) {
  if (text.empty()) return port_error(text, "value cannot be empty");
  const auto parts = split_publish(text);
  if (!parts) return parts.error();
  const std::string& number = parts->second;
  int port = 0;
  const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), port);
  if (code != std::errc() || end != number.data() + number.size()) {
    return port_error(text, "strconv.Atoi: parsing \"" + number + "\": invalid syntax");
  }
  if (port < 1 || port > 65535) return port_error(text, "port must be between 1 and 65535");
  return PortMapping{.host = parts->first, .host_port = port, .container_port = port};
}

void remove_abandoned_containers(const Engine& engine, Context& context) {
  const std::string label = kOwnerLabel;
  const std::string format = engine.kind == EngineKind::kPodman
                                 ? "{{.ID}} {{index .Labels \"" + label + "\"}}"
                                 : "{{.ID}} {{.Label \"" + label + "\"}}";
  const Result<std::string> list =
      ask_engine(engine, {"ps", "--all", "--filter", "label=" + label, "--format", format},
                 "containers", context);
  if (!list) return;  // whoever runs one next will hear what is wrong
  std::vector<std::string> words = {"rm", "--force"};
  for (std::size_t begin = 0; begin < list->size();) {
    const auto end = std::min(list->find('\n', begin), list->size());
    const std::string line = list->substr(begin, end - begin);
    begin = end + 1;
    const auto space = line.find(' ');
    if (space == std::string::npos || !is_abandoned(line.substr(space + 1))) continue;
    words.push_back(line.substr(0, space));
  }
  if (words.size() == 2) return;
  const Result<std::string> removed = ask_engine(engine, words, "containers", context);
  if (!removed) context.console.debug("left-over containers: " + removed.error().message);
}

Error become_container(const Engine& engine, const ContainerPlan& plan) {
  return replace_process(engine.command(run_arguments(engine.kind, plan, container_name())));
}

struct Container::Parts {
  Engine engine;
  std::string name;
  std::string token;
  bool gpus;
  Child client;
  Descriptor logs;
  LogRelay relay;
  bool relays_predictions;
  Context& context;
};

Container::Container(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Container::Container(Container&&) noexcept = default;

Result<Container> Container::start(const Engine& engine, const ContainerPlan& plan, Logs logs,
                                   Context& context) {
  Result<Pipe> pipe = Pipe::create();
  if (!pipe) return pipe.error();
  const std::string name = container_name();
  Command command = engine.command(run_arguments(engine.kind, plan, name));
  const bool relay = logs == Logs::kRelay;
  command.standard_output = relay ? pipe->write.get() : STDERR_FILENO;
  command.standard_error = relay ? pipe->write.get() : -1;
  context.console.debug(command.text());
  Result<Child> client = Child::start(command);
  if (!client) return client.error();
  ::fcntl(pipe->read.get(), F_SETFL, O_NONBLOCK);
  return Container(std::make_unique<Parts>(
      Parts{engine, name, plan.token, !plan.gpus.empty(), std::move(*client),
            relay ? std::move(pipe->read) : Descriptor(), LogRelay(context.console),
            relays_predictions(plan.environment), context}));
}

Container::~Container() {
  if (!parts_) return;
  drain_logs();
  parts_->relay.finish();
  const int status = parts_->client.stop(kContainerStopGrace);
  // Normally the client has removed it. One that had to be killed leaves it running.
  if (status < 128) return;
  // Ctrl-C is why we are here; a second one leaves the rest to the next start.
  parts_->context.interrupt.take();
  const Result<Finished> removed = run(parts_->engine.command({"rm", "--force", parts_->name}),
                                       parts_->context.interrupt, parts_->context.console);
  if (!removed) parts_->context.console.debug(removed.error().message);
}

void Container::drain_logs() { parts_->relay.drain(parts_->logs); }

Container::Wake Container::wait(int extra_fd, std::optional<Clock::time_point> deadline) {
  Context& context = parts_->context;
  for (;;) {
    std::array<pollfd, 4> waits = {{{context.interrupt.fd(), POLLIN, 0},
                                    {parts_->logs.get(), POLLIN, 0},
                                    {extra_fd, POLLIN, 0},
                                    {parts_->client.ended_fd(), POLLIN, 0}}};
    const std::optional<int> timeout = context.console.poll_timeout(deadline);
    if (!timeout) return Wake::kTimeout;
    ::poll(waits.data(), waits.size(), *timeout);
    context.console.tick();
    if (waits[0].revents != 0) return Wake::kSignal;
    if (waits[1].revents != 0) drain_logs();
    if (waits[2].revents != 0) return Wake::kExtra;
    if (waits[3].revents != 0) return Wake::kEnded;
  }
}

Error Container::ended_error() {
  parts_->context.console.end_progress();
  drain_logs();
  parts_->relay.finish();
  const int status = parts_->client.wait();
  if (status == kEngineFailed) {
    return Error{std::string("Failed to start container: see the engine's message above") +
                 (parts_->gpus ? ". Containers get GPUs where nvidia-container-toolkit is "
                                 "installed; --gpus none runs the model on the CPU"
                               : "")};
  }
  return Error{"Container exited unexpectedly (status " + std::to_string(status) +
               ", see the messages above)"};
}

/// Until the container runs, the engine knows no port.
Result<std::optional<Endpoint>> Container::find_endpoint() {
  const Result<std::string> text =
      ask_engine(parts_->engine, {"port", parts_->name, std::to_string(kContainerPort) + "/tcp"},
                 "port", parts_->context);
  if (!text) {
    if (text.error() == interrupted()) return text.error();
    return std::optional<Endpoint>();
  }
  const std::string line = text->substr(0, text->find('\n'));
  const auto colon = line.rfind(':');
  int port = 0;
  if (colon != std::string::npos) {
    std::from_chars(line.data() + colon + 1, line.data() + line.size(), port);
  }
  if (port == 0) return std::optional<Endpoint>();
  return std::optional(Endpoint{engine_host(parts_->engine), port, parts_->token});
}

Result<Endpoint> Container::wait_until_ready(std::optional<std::chrono::seconds> timeout) {
  std::optional<Clock::time_point> deadline;
  if (timeout) deadline = Clock::now() + *timeout;
  std::optional<Endpoint> endpoint;
  for (;;) {
    const Wake wake = wait(-1, Clock::now() + kHealthPause);
    if (wake == Wake::kSignal) return interrupted();
    if (wake == Wake::kEnded) return ended_error();
    if (deadline && Clock::now() > *deadline) {
      return setup_timed_out(*timeout);
    }
    if (!endpoint) {
      Result<std::optional<Endpoint>> found = find_endpoint();
      if (!found) return found.error();
      endpoint = *found;
      if (!endpoint) continue;
    }
    const Result<HttpReply> reply = HttpClient(*endpoint).get("/health-check", kHealthTimeout);
    if (reply && reply->status == kUnauthorized) return token_refused();
    if (!reply || reply->status != 200) continue;
    const std::optional<Status> settled = settled_health(reply->body);
    if (!settled) continue;
    drain_logs();
    parts_->context.console.end_progress();
    if (!*settled) return settled->error();
    return *endpoint;
  }
}

Result<Endpoint> Container::wait_until_published() {
  for (;;) {
    const Wake wake = wait(-1, Clock::now() + kHealthPause);
    if (wake == Wake::kSignal) return interrupted();
    if (wake == Wake::kEnded) return ended_error();
    const Result<std::optional<Endpoint>> found = find_endpoint();
    if (!found) return found.error();
    if (*found) return **found;
  }
}

std::size_t Container::end_prediction(std::string_view logs) {
  LogRelay& relay = parts_->relay;
  Clock::time_point latest = Clock::now();
  while (parts_->relays_predictions && !unshown_logs(logs, relay.prediction_bytes()).empty() &&
         Clock::now() < latest + kLogDelay) {
    const std::size_t before = relay.prediction_bytes();
    if (wait(-1, Clock::now() + kLogPause) != Wake::kTimeout) break;
    if (relay.prediction_bytes() != before) latest = Clock::now();
  }
  return relay.end_prediction();
}

Status Container::relay_until_readable(int fd) {
  for (;;) {
    switch (wait(fd, std::nullopt)) {
      case Wake::kExtra:
        drain_logs();
        return {};
      case Wake::kSignal:
        return interrupted();
      case Wake::kEnded:
        return ended_error();
      case Wake::kTimeout:
        break;
    }
  }
}

Result<bool> Container::run_to_end() {
  int signals = 0;
  for (;;) {
    const Wake wake = wait(-1, std::nullopt);
    if (wake == Wake::kEnded) {
      if (signals > 0) return true;
      if (parts_->client.wait() == 0) return false;
      return ended_error();
    }
    if (wake != Wake::kSignal) continue;
    const int signal = parts_->context.interrupt.take();
    if (signal == 0) continue;
    // The first one lets work finish, a second ends the container.
    if (++signals > 1) return true;
    parts_->client.send(signal);
  }
}

}  // namespace cogpp::cli
