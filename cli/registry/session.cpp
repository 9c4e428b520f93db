// Bearer tokens are kept by scope; Basic is its own authorization for every scope.
#include "cli/registry/session.hpp"

#include <algorithm>
#include <ctime>
#include <optional>

#include "cli/registry/reference.hpp"
#include "cli/support/base64.hpp"
#include "cli/support/program.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

constexpr int kMostRedirects = 5;
constexpr const char* kClientId = "cogpp";

/// Docker Hub's programs answer under another name than its images carry.
std::string api_host(const std::string& registry) {
  return registry == kDockerHub ? "registry-1.docker.io" : registry;
}

std::string basic(const Credentials& credentials) {
  return basic_authorization(credentials.username + ":" + credentials.secret);
}

HttpRequest token_request(const Url& realm, const Challenge& challenge, const std::string& scope,
                          const Credentials& credentials) {
  if (!credentials.identity_token.empty()) {
    return {.method = "POST",
            .url = realm,
            .headers = {{"Content-Type", "application/x-www-form-urlencoded"}},
            .body = "grant_type=refresh_token&service=" + encode_query(challenge.service) +
                    "&client_id=" + kClientId + "&scope=" + encode_query(scope) +
                    "&refresh_token=" + encode_query(credentials.identity_token)};
  }
  HttpRequest request{.url = realm};
  request.url.target = with_query(request.url.target, "service", challenge.service);
  for (std::string_view rest = scope; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    request.url.target = with_query(request.url.target, "scope", rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (!credentials.empty()) {
    request.url.target = with_query(request.url.target, "account", credentials.username);
    request.headers.emplace_back("Authorization", basic(credentials));
  }
  return request;
}

/// `token` or `access_token` of a token server's answer.
std::string token_in(const std::string& body) {
  const Result<Json> json = parse_json(body);
  if (!json || !json->is_object()) return {};
  for (const char* key : {"token", "access_token"}) {
    const auto found = json->find(key);
    if (found != json->end() && found->is_string() && !found->get<std::string>().empty()) {
      return found->get<std::string>();
    }
  }
  return {};
}

std::optional<Challenge> challenge_of(const HttpAnswer& answer) {
  std::optional<Challenge> chosen;
  for (const auto& [name, value] : answer.headers) {
    if (name != "www-authenticate") continue;
    std::optional<Challenge> challenge = parse_challenge(value);
    if (challenge && (!chosen || challenge->scheme == Challenge::Scheme::kBearer)) {
      chosen = std::move(challenge);
    }
  }
  return chosen;
}

/// The registry's own words, a line each.
std::string texts_of(const HttpAnswer& answer) {
  const Result<Json> json = parse_json(answer.body);
  if (!json || !json->is_object() || !json->contains("errors") || !json->at("errors").is_array()) {
    return {};
  }
  std::string texts;
  for (const Json& error : json->at("errors")) {
    if (!error.is_object()) continue;
    const Json code = error.value("code", Json());
    const Json message = error.value("message", Json());
    if (!texts.empty()) texts += "; ";
    if (code.is_string()) texts += code.get<std::string>() + ": ";
    if (message.is_string()) texts += message.get<std::string>();
  }
  return texts;
}

}  // namespace

std::string pull_scope(const std::string& repository) {
  return "repository:" + repository + ":pull";
}
std::string push_scope(const std::string& repository) {
  return "repository:" + repository + ":pull,push";
}
std::string mount_scope(const std::string& repository, const std::string& from) {
  return push_scope(repository) + " " + pull_scope(from);
}

std::string RegistryAccess::authorization(const std::string& scope) const {
  const std::lock_guard lock(mutex_);
  const auto found = authorizations_.find(scope);
  return found == authorizations_.end() ? "" : found->second;
}

Status RegistryAccess::renew(const HttpAnswer& refusal, const std::string& scope,
                             const std::string& used, Transport& transport) {
  const std::lock_guard renewing(renewal_);
  if (const std::string present = authorization(scope); present != used) return {};
  const std::optional<Challenge> challenge = challenge_of(refusal);
  if (!challenge) return Error{"the registry names no way to log in that cogpp knows"};
  std::string value;
  if (challenge->scheme == Challenge::Scheme::kBasic) {
    if (credentials_.secret.empty() || used.starts_with("Basic ")) return Error{"unauthorized"};
    value = basic(credentials_);
  } else {
    const Result<std::string> token = fetch_token(*challenge, scope, transport);
    if (!token) return token.error();
    value = "Bearer " + *token;
  }
  const std::lock_guard lock(mutex_);
  authorizations_[scope] = value;
  return {};
}

Result<std::string> RegistryAccess::fetch_token(const Challenge& challenge,
                                                const std::string& scope,
                                                Transport& transport) const {
  const Result<Url> realm = parse_url(challenge.realm);
  if (!realm) return realm.error().within("token server");
  if (realm->scheme != "https" && (base_.scheme == "https" || !is_loopback_registry(realm->host))) {
    return Error{"the registry names a token server without TLS, " + realm->origin() +
                 "; no credentials are sent there"};
  }
  const HttpRequest request =
      token_request(*realm, challenge, scope.empty() ? challenge.scope : scope, credentials_);
  Backoff backoff;
  for (;;) {
    const HttpOutcome outcome = transport.send(request);
    if (outcome.failure == HttpFailure::kNone && outcome.answer.status == 200) {
      std::string token = token_in(outcome.answer.body);
      if (token.empty()) return Error{"the token server " + realm->origin() + " sent no token"};
      return token;
    }
    const auto delay = is_passing(outcome) ? backoff.next() : std::nullopt;
    if (!delay || !cancellation_.sleep(*delay)) {
      return registry_error(outcome, "log-in", realm->host);
    }
  }
}

Url RegistrySession::url(const std::string& repository, const std::string& rest) const {
  Url url = access_.base();
  url.target = "/v2/" + repository + "/" + rest;
  return url;
}

HttpOutcome RegistrySession::send_authorized(HttpRequest request, const std::string& scope) {
  const bool own = request.url.origin() == access_.base().origin();
  const auto headers = request.headers;
  for (bool renewed = false;; renewed = true) {
    std::string used;
    request.headers = headers;
    if (own) {
      used = access_.authorization(scope);
      if (!used.empty()) request.headers.emplace_back("Authorization", used);
    }
    HttpOutcome outcome = transport_.send(request);
    const bool refused = outcome.failure == HttpFailure::kNone && outcome.answer.status == 401;
    if (!refused || !own || renewed) return outcome;
    if (const Status renewal = access_.renew(outcome.answer, scope, used, transport_); !renewal) {
      outcome.reason = renewal.error().message;
      return outcome;
    }
  }
}

HttpOutcome send_following(HttpRequest request,
                           const std::function<HttpOutcome(const HttpRequest&)>& send) {
  const bool may_follow = request.method == "GET" || request.method == "HEAD";
  for (int redirects = 0;; ++redirects) {
    HttpOutcome outcome = send(request);
    const int status = outcome.answer.status;
    const bool redirected =
        outcome.failure == HttpFailure::kNone &&
        (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
    if (!redirected || redirects == kMostRedirects || !may_follow) return outcome;
    const Result<Url> target = resolve_url(request.url, outcome.answer.header("location"));
    if (!target || (request.url.scheme == "https" && target->scheme != "https")) return outcome;
    if (target->origin() != request.url.origin()) {
      std::erase_if(request.headers,
                    [](const auto& header) { return header.first == "Authorization"; });
    }
    request.url = *target;
  }
}

HttpOutcome RegistrySession::send(const HttpRequest& request, const std::string& scope) {
  return send_following(request,
                        [&](const HttpRequest& next) { return send_authorized(next, scope); });
}

bool RegistrySession::wait(Backoff& backoff, const HttpOutcome& outcome) const {
  const auto asked = retry_after(outcome.answer.header("retry-after"), std::time(nullptr));
  const auto delay = backoff.next(asked);
  return delay && access_.cancellation().sleep(*delay);
}

HttpOutcome RegistrySession::ask(const HttpRequest& request, const std::string& scope) {
  Backoff backoff;
  for (;;) {
    HttpOutcome outcome = send(request, scope);
    if (!is_passing(outcome) || !wait(backoff, outcome)) return outcome;
  }
}

bool has_error_code(const HttpAnswer& answer, const std::string& code) {
  return ("; " + texts_of(answer)).find("; " + code + ": ") != std::string::npos;
}

Error registry_error(const HttpOutcome& outcome, const std::string& doing,
                     const std::string& registry) {
  if (outcome.failure != HttpFailure::kNone) return Error{doing + ": " + outcome.reason};
  const int status = outcome.answer.status;
  const std::string texts = texts_of(outcome.answer);
  if (status == 401) {
    const std::string detail = outcome.reason.empty() || outcome.reason == "unauthorized"
                                   ? ""
                                   : " (" + outcome.reason + ")";
    return Error{doing + ": authorization failed" + detail + ". Log in with: " + program_name() +
                 " login " + (registry == kReplicateRegistry ? "" : "--registry ") +
                 (registry == kReplicateRegistry ? "" : registry)};
  }
  std::string message = doing + ": " + registry + " answered with status " + std::to_string(status);
  if (!texts.empty()) message += " (" + texts + ")";
  if (status == 403) message += ". The account you are logged in with may not do this";
  return Error{message};
}

Error upload_error(const HttpOutcome& outcome, const std::string& doing,
                   const std::string& registry, const std::string& repository) {
  const bool answered = outcome.failure == HttpFailure::kNone;
  return answered && has_error_code(outcome.answer, "NAME_UNKNOWN")
             ? unknown_repository(registry, repository)
             : registry_error(outcome, doing, registry);
}

Error unknown_repository(const std::string& registry, const std::string& repository) {
  const std::string name = registry + "/" + repository;
  if (registry != kReplicateRegistry) return Error{"repository not found: \"" + name + "\""};
  const std::string login = program_name() + " login'";
  const std::string push = program_name() + " push'";
  return Error{"Unable to find existing Replicate model for " + name +
               ". Go to replicate.com and create a new model before pushing.\n\n"
               "If the model already exists, you may be getting this error because you're not "
               "logged in as owner of the model. This can happen if you did 'sudo " +
               login + " instead of '" + login + " or 'sudo " + push + " instead of '" + push +
               ", which causes Docker to use the wrong Docker credentials."};
}

Result<Url> find_origin(const std::string& registry, bool plain_http, Transport& transport,
                        const Cancellation& cancellation) {
  const bool local = is_loopback_registry(registry);
  Url url{.scheme = plain_http ? "http" : "https", .host = api_host(registry), .target = "/v2/"};
  Backoff backoff;
  for (;;) {
    const HttpOutcome outcome = transport.send({.url = url});
    if (outcome.failure == HttpFailure::kNone) return parse_url(url.origin());
    if (outcome.failure == HttpFailure::kHandshake && local && url.scheme == "https") {
      url.scheme = "http";
      continue;
    }
    if (outcome.failure == HttpFailure::kHandshake) {
      return Error{outcome.reason + ". If that is meant, allow it with --plain-http"};
    }
    const auto delay = is_passing(outcome) ? backoff.next() : std::nullopt;
    const bool absent = outcome.failure == HttpFailure::kConnection;
    if (absent || !delay || !cancellation.sleep(*delay)) return Error{outcome.reason};
  }
}

}  // namespace cogpp::cli
