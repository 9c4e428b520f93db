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

#include "runtime/server/files/upload.hpp"
#include "runtime/server/support/text_file.hpp"
#include "schema/environment.hpp"

namespace cogpp::server {
namespace {

constexpr std::uint32_t kMaxSlots = 256;
constexpr std::size_t kMaxReplicas = 64;
constexpr std::size_t kMaxQueue = 1'000'000;
/// Where only one of --keep-finished and --keep-seconds is given.
constexpr std::size_t kKeptByDefault = 1000;
constexpr double kKeptSecondsByDefault = 3600;
/// Longer times are for ever, and would not fit into the clock's numbers.
constexpr double kLongestSeconds = 1e8;

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

// Wrong values leave the default, as in Cog.
void read_webhook_environment(ServerOptions& options) {
  const auto interval = environment_variable("COG_THROTTLE_RESPONSE_INTERVAL");
  char* end = nullptr;
  const double seconds = std::strtod(interval.c_str(), &end);
  constexpr double kLongest = 1e6;
  if (!interval.empty() && *end == '\0' && seconds >= 0 && seconds <= kLongest) {
    options.webhook_interval = std::chrono::nanoseconds(static_cast<long long>(seconds * 1e9));
  }
  options.webhook_token = environment_variable("WEBHOOK_AUTH_TOKEN");
  const auto unsendable = [](char c) { return c < ' ' || c == '\x7F'; };
  if (std::ranges::any_of(options.webhook_token, unsendable)) {
    options.webhook_token.clear();
    options.warnings.emplace_back(
        "WEBHOOK_AUTH_TOKEN has characters that no header can carry, ignoring");
  }
}

// Cog warns about these and goes on; a wrong PORT it does not survive.
void read_environment(ServerOptions& options, std::string& port_error) {
  if (const auto text = environment_variable("PORT"); !text.empty()) {
    const auto port = whole_number<int>(text);
    if (port && *port >= 0 && *port <= 65535) {
      options.port = *port;
    } else {
      port_error = "PORT='" + text + "' is not a port; set it to a number from 0 to 65535";
    }
  }
  if (const auto text = environment_variable("COG_MAX_CONCURRENCY"); !text.empty()) {
    const auto slots = whole_number<std::uint32_t>(text);
    const bool usable = slots && *slots > 0;
    options.concurrency = usable ? std::min(*slots, kMaxSlots) : 1;
    if (!usable || *slots > kMaxSlots) {
      options.warnings.push_back("COG_MAX_CONCURRENCY='" + text + "' is not a number from 1 to " +
                                 std::to_string(kMaxSlots) + ", using " +
                                 std::to_string(options.concurrency));
    }
  }
  if (const auto text = environment_variable("COG_SETUP_TIMEOUT"); !text.empty()) {
    const auto seconds = whole_number<std::uint64_t>(text);
    if (seconds && *seconds > 0) {
      options.setup_timeout =
          milliseconds(std::min(static_cast<double>(*seconds), kLongestSeconds));
    } else {
      options.warnings.push_back("COG_SETUP_TIMEOUT=" + text +
                                 (seconds ? " would cause immediate timeout, ignoring"
                                          : " is not a number of seconds, ignoring"));
    }
  }
  options.history = whole_number<std::uint32_t>(environment_variable("COG_STREAM_HISTORY_CAPACITY"))
                        .value_or(1024);
  options.log_filter =
      LogFilter(environment_variable("RUST_LOG"), environment_variable("COG_LOG_LEVEL"));
  if (environment_variable("LOG_FORMAT") == "console") options.log_format = LogFormat::kConsole;
  options.user_agent = environment_variable("COG_USER_AGENT");
  options.in_kubernetes = std::getenv("KUBERNETES_SERVICE_HOST") != nullptr;
  read_webhook_environment(options);
}

/// Values of flags that are not stored as they are.
struct Raw {
  std::string await;
  std::string mode = "predict";
  std::string log_format;
  std::string token_file;
  double setup_timeout = -1;
  double cancel_grace = -1;
  double drain_timeout = -1;
  double predict_timeout = 0;
  double keep_seconds = -1;
  std::string devices;
  int threads = 0;
};

void add_capacity_flags(CLI::App& app, ServerOptions& options, Raw& raw) {
  app.add_option("--queue", options.queue,
                 "Predictions that wait for a slot, first come first served; more get 429 "
                 "(default 0: 409 after up to 10 ms)")
      ->check(CLI::Range(std::size_t{0}, kMaxQueue));
  app.add_option("--predict-timeout", raw.predict_timeout,
                 "Seconds that a prediction may run; then it is cancelled and fails (default 0: "
                 "no limit)")
      ->check(CLI::Range(0.0, kLongestSeconds));
  app.add_option("--replicas", options.replicas, "Workers, each with --concurrency slots")
      ->check(CLI::Range(std::size_t{1}, kMaxReplicas));
  app.add_option("--devices", raw.devices,
                 "A device for each replica, as cuda:0,cuda:1; sets --replicas");
}

void add_keep_flags(CLI::App& app, ServerOptions& options, Raw& raw) {
  app.add_option("--keep-finished", options.keep_finished,
                 "Finished predictions kept for GET /predictions (default 0: none; 1000 with "
                 "--keep-seconds)");
  app.add_option("--keep-seconds", raw.keep_seconds,
                 "Seconds that a finished prediction is kept (default 3600 with --keep-finished)")
      ->check(CLI::Range(0.0, kLongestSeconds));
  app.add_option("--keep-bytes", options.keep_bytes,
                 "Most memory of all kept predictions (default 256 MiB)")
      ->check(CLI::PositiveNumber);
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> items;
  std::istringstream in(list);
  for (std::string item; std::getline(in, item, ',');) items.push_back(item);
  if (list.ends_with(',')) items.emplace_back();
  return items;
}

/// Returns what is wrong, or "".
std::string apply_devices(const CLI::App& app, const Raw& raw, ServerOptions& options) {
  if (app.count("--devices") == 0) return {};
  options.devices = split(raw.devices);
  const bool blank = std::any_of(options.devices.begin(), options.devices.end(),
                                 [](const std::string& device) { return device.empty(); });
  if (options.devices.empty() || blank) {
    return "--devices '" + raw.devices +
           "' has an empty item; separate devices by commas, as "
           "cuda:0,cuda:1";
  }
  const std::size_t count = options.devices.size();
  if (count > kMaxReplicas) {
    return "--devices names " + std::to_string(count) + " devices; at most " +
           std::to_string(kMaxReplicas) + " replicas can run";
  }
  if (app.count("--replicas") == 0) options.replicas = count;
  if (options.replicas == count) return {};
  return "--devices names " + std::to_string(count) + " devices for --replicas " +
         std::to_string(options.replicas) + "; name one for each replica, or leave --replicas out";
}

void apply_keeping(const CLI::App& app, const Raw& raw, ServerOptions& options) {
  const bool count = app.count("--keep-finished") > 0;
  const bool seconds = app.count("--keep-seconds") > 0;
  if (seconds && !count) options.keep_finished = kKeptByDefault;
  if (seconds && raw.keep_seconds == 0) options.keep_finished = 0;
  options.keep_time = milliseconds(seconds ? raw.keep_seconds : kKeptSecondsByDefault);
}

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
  app.add_option("--schema-file", options.schema_file,
                 "OpenAPI document to serve and to check inputs by, as Cog's "
                 ".cog/openapi_schema.json; where it is missing or broken, inputs go unchecked "
                 "(default: made from the predictor)")
      ->option_text("FILE");
  app.add_option("--upload-url", options.upload_url,
                 "PUT output files below this URL; their URLs are the output");
  app.add_flag("--forbid-private-urls", options.forbid_private_urls,
               "Refuse file inputs from loopback, private and link-local addresses, and webhooks "
               "to them");
  app.add_flag("--probes", options.probes,
               "Answer GET /livez and GET /readyz, as is done where a token is asked for");
  app.add_flag("--metrics", options.metrics, "Answer GET /metrics, for Prometheus");
  app.add_option("--auth-token-file", raw.token_file,
                 "Ask for the token in FILE (default $COGPP_AUTH_TOKEN), but not of probes")
      ->option_text("FILE");
  app.add_option("--concurrency", options.concurrency,
                 "Predictions at the same time (default $COG_MAX_CONCURRENCY or 1)")
      ->check(CLI::Range(1U, kMaxSlots));
  app.add_option("--max-body", options.max_body, "Largest request body in bytes");
  app.add_option("--max-logs", options.max_logs, "Bytes of logs that a prediction keeps");
  app.add_option("--max-output", options.max_output, "Bytes of output that a prediction may have");
  app.add_option("--max-input-file", options.max_input_file,
                 "Bytes that one downloaded input file may have (default 8 GiB)");
  app.add_option("--setup-timeout", raw.setup_timeout, "Seconds for set-up, 0 for no limit")
      ->check(CLI::Range(0.0, kLongestSeconds));
  app.add_option("--cancel-grace", raw.cancel_grace,
                 "Seconds for a prediction to heed a cancel, 0 for no limit")
      ->check(CLI::Range(0.0, kLongestSeconds));
  app.add_option("--drain-timeout", raw.drain_timeout,
                 "Seconds for predictions to finish at shutdown")
      ->check(CLI::Range(0.0, kLongestSeconds));
  app.add_option("--log-format", raw.log_format, "json or console")
      ->check(CLI::IsMember({"json", "console"}));
  add_capacity_flags(app, options, raw);
  add_keep_flags(app, options, raw);
  app.add_option("--project", options.project, "Working directory of the worker")
      ->check(CLI::ExistingDirectory);
  app.add_option(
      "--status-fd", options.status_fd,
      "Descriptor for one JSON line when listening, one when set-up ended, and one when the "
      "server ends and predictions are in flight");
}

/// The problem with it, or "".
std::string read_token(const std::string& file, ServerOptions& options) {
  std::string source = "COGPP_AUTH_TOKEN";
  options.auth_token = environment_variable("COGPP_AUTH_TOKEN");
  if (!file.empty()) {
    source = "--auth-token-file '" + file + "'";
    Result<std::string> text = read_text_file(file);
    if (!text) return source + " cannot be read: " + text.error().message;
    options.auth_token = std::move(*text);
    const auto end = options.auth_token.find_last_not_of("\r\n");
    options.auth_token.resize(end == std::string::npos ? 0 : end + 1);
    if (options.auth_token.empty()) return source + " is empty: put the token in its first line";
  }
  const auto unsendable = [](char c) { return c <= ' ' || c >= '\x7F'; };
  if (!std::ranges::any_of(options.auth_token, unsendable)) return {};
  return source + " has spaces or characters that no header can carry; use letters and digits";
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
  options.predict_timeout = milliseconds(raw.predict_timeout);
  apply_keeping(app, raw, options);
  if (auto problem = apply_devices(app, raw, options); !problem.empty()) return problem;
  if (options.worker.empty()) {
    return "no worker command; append '-- WORKER [ARGUMENT]…', as '-- cogpp-worker --library "
           "./predictor.so'";
  }
  if (raw.mode == "train") {
    options.mode = RunMode::kTrain;
    options.worker.insert(options.worker.end(), {"--mode", "train"});
  }
  if (std::string problem = read_token(raw.token_file, options); !problem.empty()) return problem;
  if (!options.upload_url.empty()) {
    if (const Status usable = check_upload_url(options.upload_url); !usable) {
      return "--upload-url '" + options.upload_url + "' cannot be used (" + usable.error().message +
             "); give an http or https URL";
    }
  }
  return {};
}

}  // namespace

std::string server_version() { return COGPP_VERSION; }

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
