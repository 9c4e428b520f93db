// cogpp login: Replicate's token, or user and password of any other registry (cog-cli
// §10.6). What is stored is what `docker login` would store.
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iostream>

#include "cli/commands/commands.hpp"
#include "cli/registry/credentials.hpp"
#include "cli/registry/push.hpp"
#include "cli/support/prediction_call.hpp"
#include "cli/support/process.hpp"
#include "schema/environment.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

/// Keeps a terminal from showing what is typed.
class HiddenInput {
 public:
  HiddenInput() {
    terminal_ = ::tcgetattr(STDIN_FILENO, &before_) == 0;
    if (!terminal_) return;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~HiddenInput() {
    if (!terminal_) return;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cout << '\n' << std::flush;
  }
  HiddenInput(const HiddenInput&) = delete;
  HiddenInput& operator=(const HiddenInput&) = delete;

 private:
  termios before_{};
  bool terminal_ = false;
};

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// One line of standard input, waiting for Ctrl-C as well.
Result<std::string> read_line(const std::string& what, Context& context) {
  std::string line;
  for (;;) {
    if (const Status ready = wait_readable(STDIN_FILENO, context); !ready) return ready.error();
    char c = 0;
    const ssize_t count = ::read(STDIN_FILENO, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0 && line.empty()) return Error{"failed to read " + what + ": EOF"};
    if (count <= 0 || c == '\n') return line;
    line.push_back(c);
  }
}

/// All of standard input, as long as a token may be.
Result<std::string> read_token(Context& context) {
  constexpr std::size_t kMost = std::size_t{64} << 10U;
  std::string text;
  for (;;) {
    if (const Status ready = wait_readable(STDIN_FILENO, context); !ready) return ready.error();
    std::array<char, 4096> piece{};
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(count));
    if (text.size() > kMost) return Error{"standard input is longer than any token"};
  }
}

Result<std::string> ask(const char* prompt, const std::string& what, Context& context) {
  std::cout << prompt << std::flush;
  return read_line(what, context);
}

Result<std::string> ask_hidden(const char* prompt, const std::string& what, Context& context) {
  // First: hiding drops what was typed ahead, and a prompt invites to type.
  const HiddenInput hidden;
  std::cout << prompt << std::flush;
  return read_line(what, context);
}

/// Where Replicate's own endpoints are: a host, or a URL whose scheme is kept.
Result<Url> replicate_url(const std::string& registry, const std::string& path) {
  return parse_url((registry.find("://") == std::string::npos ? "https://" : "") + registry + path);
}

Result<std::string> string_of(const std::string& body, const char* key,
                              const std::string& registry) {
  const Result<Json> json = parse_json(body);
  if (json && json->is_object() && json->contains(key) && json->at(key).is_string()) {
    return json->at(key).get<std::string>();
  }
  return Error{registry + " sent an answer without " + key};
}

Result<std::string> display_url(const std::string& registry, Transport& transport) {
  const Result<Url> url = replicate_url(registry, "/cog/v1/display-token-url");
  if (!url) return url.error();
  const HttpOutcome outcome = transport.send({.url = *url});
  if (outcome.failure != HttpFailure::kNone) return Error{outcome.reason};
  if (outcome.answer.status == 404) {
    return Error{registry + " is not the Replicate registry\nPlease log in using 'docker login'"};
  }
  if (outcome.answer.status != 200) {
    return Error{registry + " returned HTTP status " + std::to_string(outcome.answer.status)};
  }
  return string_of(outcome.answer.body, "url", registry);
}

Result<std::string> prompt_for_token(const std::string& registry, Transport& transport,
                                     Context& context) {
  const Result<std::string> url = display_url(registry, transport);
  if (!url) return url;
  context.console.info("This command will authenticate Docker with Replicate's '" + registry +
                       "' Docker registry. You will need a Replicate account.");
  context.console.info("");
  context.console.info(
      "Hit enter to get started. A browser will open with an authentication token "
      "that you need to paste here.");
  if (const auto entered = read_line("token", context); !entered) return entered;
  context.console.info("If it didn't open automatically, open this URL in a web browser:");
  context.console.info(*url);
  if (const auto browser = find_program("xdg-open")) {
    static_cast<void>(
        run({.program = *browser, .arguments = {*url}}, context.interrupt, context.console));
  }
  context.console.info("");
  context.console.info(
      "Once you've signed in, copy the token from that web page, paste it here, then hit enter:");
  return ask_hidden("Token: ", "token", context);
}

/// The user whom Replicate knows by the token.
Result<std::string> verify_token(const std::string& registry, const std::string& token,
                                 Transport& transport) {
  if (token.empty()) return Error{"token is empty"};
  if (token.starts_with("r8_")) {
    return Error{
        "that looks like a Replicate API token, not a CLI auth token. Please fetch a token "
        "from https://replicate.com/auth/token to log in"};
  }
  const Result<Url> url = replicate_url(registry, "/cog/v1/verify-token");
  if (!url) return url.error();
  const HttpOutcome outcome =
      transport.send({.method = "POST",
                      .url = *url,
                      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
                      .body = "token=" + encode_query(token)});
  if (outcome.failure != HttpFailure::kNone) return Error{outcome.reason};
  if (outcome.answer.status == 404) return Error{"user does not exist"};
  if (outcome.answer.status != 200) {
    return Error{"failed to verify token, got status " + std::to_string(outcome.answer.status)};
  }
  return string_of(outcome.answer.body, "username", registry);
}

/// A token goes nowhere in clear but to this machine, or where `plain_http` allows it.
Status check_tls(const std::string& registry, bool plain_http) {
  const Result<Url> url = replicate_url(registry, "/");
  if (!url) return url.error();
  if (url->scheme == "https" || plain_http || is_loopback_registry(url->host)) return {};
  return Error{registry +
               " is spoken to without TLS, and a token would be sent in clear. If that is meant, "
               "allow it with --plain-http"};
}

Status login_to_replicate(const std::string& registry, const LoginOptions& options,
                          Context& context) {
  if (const Status allowed = check_tls(registry, options.plain_http); !allowed) return allowed;
  const std::unique_ptr<Transport> transport = make_transport();
  const Result<std::string> token =
      options.token_stdin ? read_token(context) : prompt_for_token(registry, *transport, context);
  if (!token) return token.error();
  const Result<std::string> username = verify_token(registry, trimmed(*token), *transport);
  if (!username) return username.error();
  const Status stored = store_credentials(
      registry.substr(registry.find("://") == std::string::npos ? 0 : registry.find("://") + 3),
      {.username = *username, .secret = trimmed(*token)}, context);
  if (!stored) return stored;
  context.console.success("You've successfully authenticated as " + *username +
                          "! You can now use the " + registry + " registry.");
  return {};
}

/// Proves the credentials before they are stored: the registry must take them.
Status check_credentials(const std::string& registry, const Credentials& credentials,
                         bool plain_http) {
  const Cancellation never;
  const std::unique_ptr<Transport> transport = make_transport();
  const Result<Url> origin = find_origin(registry, plain_http, *transport, never);
  if (!origin) return origin.error();
  RegistryAccess access(*origin, credentials, never);
  RegistrySession session(access, *transport);
  Url base = *origin;
  base.target = "/v2/";
  const HttpOutcome outcome = session.ask({.url = base}, "");
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status < 300) return {};
  if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 401) {
    return Error{registry + " did not accept this user name and password"};
  }
  return registry_error(outcome, "log-in to " + registry, registry);
}

Status login_to_registry(const std::string& registry, const LoginOptions& options,
                         Context& context) {
  if (!is_registry(registry)) return Error{"\"" + registry + "\" is not a registry's host"};
  context.console.info("Logging in to " + registry);
  context.console.info("");
  const Result<std::string> username = ask("Username: ", "username", context);
  if (!username) return username.error();
  if (trimmed(*username).empty()) return Error{"username cannot be empty"};
  const Result<std::string> password = ask_hidden("Password: ", "password", context);
  if (!password) return password.error();
  if (password->empty()) return Error{"password cannot be empty"};
  const Credentials credentials{.username = trimmed(*username), .secret = *password};
  if (const Status known = check_credentials(registry, credentials, options.plain_http); !known) {
    return known;
  }
  if (const Status stored = store_credentials(registry, credentials, context); !stored) {
    return stored;
  }
  context.console.success("Login succeeded for " + registry);
  return {};
}

}  // namespace

Status run_login(const LoginOptions& options, Context& context) {
  std::string registry = environment_variable("COG_REGISTRY_HOST");
  if (registry.empty()) registry = kReplicateRegistry;
  // With a scheme it is Replicate's protocol on another host.
  if (registry == kReplicateRegistry || registry.find("://") != std::string::npos)
    return login_to_replicate(registry, options, context);
  return login_to_registry(registry, options, context);
}

}  // namespace cogpp::cli
