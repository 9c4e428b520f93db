// Flags win over the environment, the environment over defaults.
#include "runtime/server/options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string_view>

namespace cogpp::server {
namespace {

constexpr std::uint32_t kMaxSlots = 256;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

template <class Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long long>(std::ceil(seconds * 1000)));
}

// Cog warns about these and goes on; a wrong PORT it does not survive.
void read_environment(ServerOptions& options, std::string& port_error) {
  if (const auto text = environment("PORT"); !text.empty()) {
    const auto port = whole_number<int>(text);
    if (port && *port >= 0 && *port <= 65535) {
      options.port = *port;
    } else {
      port_error = "PORT='" + text + "' is not a port; set it to a number from 0 to 65535";
    }
  }
  if (const auto text = environment("COG_MAX_CONCURRENCY"); !text.empty()) {
    const auto slots = whole_number<std::uint32_t>(text);
    const bool usable = slots && *slots > 0;
    options.concurrency = usable ? std::min(*slots, kMaxSlots) : 1;
    if (!usable || *slots > kMaxSlots) {
      options.warnings.push_back("COG_MAX_CONCURRENCY='" + text + "' is not a number from 1 to " +
                                 std::to_string(kMaxSlots) + ", using " +
                                 std::to_string(options.concurrency));
    }
  }
  if (const auto text = environment("COG_SETUP_TIMEOUT"); !text.empty()) {
    const auto seconds = whole_number<std::uint32_t>(text);
    if (seconds && *seconds > 0) {
      options.setup_timeout = std::chrono::seconds(*seconds);
    } else {
      options.warnings.push_back("COG_SETUP_TIMEOUT=" + text +
                                 (seconds ? " would cause immediate timeout, ignoring"
                                          : " is not a number of seconds, ignoring"));
    }
  }
  options.history =
      whole_number<std::uint32_t>(environment("COG_STREAM_HISTORY_CAPACITY")).value_or(1024);
  options.log_level = log_level_from(environment("COG_LOG_LEVEL"));
  if (environment("LOG_FORMAT") == "console") options.log_format = LogFormat::kConsole;
  options.user_agent = environment("COG_USER_AGENT");
}

/// Values of flags that are not stored as they are.
struct Raw {
  std::string await;
  std::string mode = "predict";
  std::string log_format;
  double setup_timeout = -1;
  double cancel_grace = -1;
  double drain_timeout = -1;
  int threads = 0;
};

void add_flags(CLI::App& app, ServerOptions& options, Raw& raw) {
  app.set_version_flag("-v,--version", "cogpp-server " COGPP_VERSION);
  app.add_option("--host", options.host, "IP address to listen on");
  app.add_option("--port", options.port, "Port, 0 for any (default $PORT or 5000)")
      ->check(CLI::Range(0, 65535));
  app.add_option("--await-explicit-shutdown", raw.await,
                 "Any value: ignore SIGTERM and end only by POST /shutdown or SIGINT");
  app.add_option("--x-mode", raw.mode, "train: /trainings and /predictions run the training")
      ->check(CLI::IsMember({"predict", "train"}));
  app.add_option("--threads", raw.threads, "Ignored; kept for Cog's command line");
  app.add_option("--upload-url", options.upload_url, "Where output files are to be uploaded");
  app.add_option("--concurrency", options.concurrency,
                 "Predictions at the same time (default $COG_MAX_CONCURRENCY or 1)")
      ->check(CLI::Range(1U, kMaxSlots));
  app.add_option("--max-body", options.max_body, "Largest request body in bytes");
  app.add_option("--max-logs", options.max_logs, "Bytes of logs that a prediction keeps");
  app.add_option("--max-output", options.max_output, "Bytes of output that a prediction may have");
  app.add_option("--setup-timeout", raw.setup_timeout, "Seconds for set-up, 0 for no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--cancel-grace", raw.cancel_grace,
                 "Seconds for a prediction to heed a cancel, 0 for no limit")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--drain-timeout", raw.drain_timeout,
                 "Seconds for predictions to finish at shutdown")
      ->check(CLI::NonNegativeNumber);
  app.add_option("--log-format", raw.log_format, "json or console")
      ->check(CLI::IsMember({"json", "console"}));
  app.add_option("--project", options.project, "Working directory of the worker")
      ->check(CLI::ExistingDirectory);
  app.add_option("--status-fd", options.status_fd,
                 "Descriptor for one JSON line when listening and one when set-up ended");
}

std::string apply(const CLI::App& app, const Raw& raw, ServerOptions& options) {
  options.await_explicit_shutdown =
      app.count("--await-explicit-shutdown") > 0 && !raw.await.empty();
  if (!raw.log_format.empty()) {
    options.log_format = raw.log_format == "json" ? LogFormat::kJson : LogFormat::kConsole;
  }
  if (raw.setup_timeout >= 0) options.setup_timeout = milliseconds(raw.setup_timeout);
  if (raw.cancel_grace >= 0) options.cancel_grace = milliseconds(raw.cancel_grace);
  if (raw.drain_timeout >= 0) options.drain_timeout = milliseconds(raw.drain_timeout);
  if (options.worker.empty()) {
    return "no worker command; append '-- WORKER [ARGUMENT]…', as '-- cogpp-worker --library "
           "./predictor.so'";
  }
  if (raw.mode == "train") {
    options.mode = RunMode::kTrain;
    options.worker.insert(options.worker.end(), {"--mode", "train"});
  }
  if (!options.upload_url.empty()) {
    options.warnings.emplace_back(
        "--upload-url is not supported yet: output files are returned as data URLs");
  }
  return {};
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  ServerOptions options;
  std::string port_error;
  read_environment(options, port_error);
  int own = 1;
  while (own < argc && std::strcmp(argv[own], "--") != 0) ++own;
  for (int i = own + 1; i < argc; ++i) options.worker.emplace_back(argv[i]);

  CLI::App app(
      "Serves predictions of one worker over Cog's HTTP API.\n"
      "cogpp-server [FLAG]... -- WORKER [ARGUMENT]...",
      "cogpp-server");
  Raw raw;
  add_flags(app, options, raw);
  try {
    app.parse(own, argv);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    const int code = app.exit(error, out, err);
    return {std::nullopt, code == 0 ? 0 : 2, out.str() + err.str()};
  }
  std::string problem = apply(app, raw, options);
  if (problem.empty() && app.count("--port") == 0) problem = port_error;
  if (!problem.empty()) return {std::nullopt, 2, "cogpp-server: " + problem + "\n"};
  return {std::move(options), 0, {}};
}

}  // namespace cogpp::server
