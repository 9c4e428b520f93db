// Requests to one registry: authenticated, redirected, tried again.
//
// Credentials go to the registry's own origin and to the token server that it names,
// over TLS unless the registry itself is spoken to without; never to where a redirect
// or an upload's Location points elsewhere (docs/security.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "cli/registry/challenge.hpp"
#include "cli/registry/credentials.hpp"
#include "cli/registry/retry.hpp"
#include "cli/registry/transport.hpp"
#include "cli/support/cancellation.hpp"

namespace cogpp::cli {

/// What all threads that speak to a registry share.
class RegistryAccess {
 public:
  RegistryAccess(Url base, Credentials credentials, const Cancellation& cancellation)
      : base_(std::move(base)), credentials_(std::move(credentials)), cancellation_(cancellation) {}

  const Url& base() const { return base_; }
  const Cancellation& cancellation() const { return cancellation_; }

  /// The value for an Authorization header; empty when none is known yet.
  std::string authorization(const std::string& scope) const;
  /// Gets what a 401 answer asks for. `used` is the authorization that was refused;
  /// when another thread has replaced it meanwhile, that is all.
  Status renew(const HttpAnswer& refusal, const std::string& scope, const std::string& used,
               Transport& transport);

 private:
  Result<std::string> fetch_token(const Challenge& challenge, const std::string& scope,
                                  Transport& transport) const;

  const Url base_;
  const Credentials credentials_;
  const Cancellation& cancellation_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> authorizations_;  ///< By scope. Under mutex_.
  std::mutex renewal_;  ///< Held while a token is fetched, so that it is fetched once.
};

/// Scopes of distribution's token authentication.
std::string pull_scope(const std::string& repository);
std::string push_scope(const std::string& repository);
/// To push to the one, and to take blobs out of the other.
std::string mount_scope(const std::string& repository, const std::string& from);

/// One thread's requests. The access must live longer.
class RegistrySession {
 public:
  RegistrySession(RegistryAccess& access, Transport& transport)
      : access_(access), transport_(transport) {}

  const RegistryAccess& access() const { return access_; }
  /// The URL of `/v2/REPOSITORY/rest`.
  Url url(const std::string& repository, const std::string& rest) const;

  /// One try, with a second one when a 401 could be answered. Redirects of GET and HEAD
  /// are followed.
  HttpOutcome send(const HttpRequest& request, const std::string& scope);
  /// As send(), tried again while is_passing(). Only for requests without effect, or
  /// with the same effect twice.
  HttpOutcome ask(const HttpRequest& request, const std::string& scope);
  /// Waits before a next try after `outcome`. False when it is time to give up.
  bool wait(Backoff& backoff, const HttpOutcome& outcome) const;

 private:
  HttpOutcome send_authorized(HttpRequest request, const std::string& scope);

  RegistryAccess& access_;
  Transport& transport_;
};

/// The error for the user of an answer that is no success: `doing` says what was tried
/// ("upload of sha256:…"), the registry's own texts follow.
Error registry_error(const HttpOutcome& outcome, const std::string& doing,
                     const std::string& registry);
/// The same of an upload. A repository that the registry does not know is
/// unknown_repository().
Error upload_error(const HttpOutcome& outcome, const std::string& doing,
                   const std::string& registry, const std::string& repository);
/// `repository not found: "REGISTRY/REPOSITORY"`; of Replicate's registry, what to do
/// (cog-cli §10.2, §10.3).
Error unknown_repository(const std::string& registry, const std::string& repository);
/// True when the answer's body carries that error code: "NAME_UNKNOWN".
bool has_error_code(const HttpAnswer& answer, const std::string& code);

/// Sends with `send` and follows redirects of GET and HEAD, never from https to http. An
/// Authorization of the request stays with its own origin.
HttpOutcome send_following(HttpRequest request,
                           const std::function<HttpOutcome(const HttpRequest&)>& send);

/// Finds out how to speak to `registry`: https, or http where `plain_http` allows it or
/// the registry is on this machine and speaks no TLS. Fails when nobody answers.
Result<Url> find_origin(const std::string& registry, bool plain_http, Transport& transport,
                        const Cancellation& cancellation);

}  // namespace cogpp::cli
