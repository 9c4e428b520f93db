// What to log in with: Docker's config.json and the credential helpers that it names,
// so that `docker login` and `cogpp login` are one. Secrets are never printed and go
// to nobody but the registry they are for and the token server that it names.
#pragma once

#include <filesystem>
#include <string>

#include "cli/support/context.hpp"
#include "schema/json.hpp"
#include "schema/result.hpp"

namespace cogpp::cli {

struct Credentials {
  std::string username = {};
  std::string secret = {};
  std::string identity_token = {};  ///< Instead of both: to be changed for tokens.

  bool empty() const { return secret.empty() && identity_token.empty(); }
};

/// $DOCKER_CONFIG/config.json or ~/.docker/config.json.
std::filesystem::path docker_config_file();

/// The credentials for `registry`, empty when there are none: from `credHelpers`, then
/// `credsStore`, then `auths`. Runs a helper program; fails when that fails otherwise
/// than by not knowing the registry, or when the file cannot be read.
Result<Credentials> find_credentials(const std::string& registry, Context& context);

/// Stores credentials, through the helper if the file names one, else in the file
/// itself, readable by its owner only. What else the file holds stays.
Status store_credentials(const std::string& registry, const Credentials& credentials,
                         Context& context);

/// The credentials that the text of a config.json itself holds for `registry`.
Result<Credentials> credentials_in(const OrderedJson& config, const std::string& registry);
/// The helper that the text names for `registry`, without `docker-credential-`; empty: none.
std::string helper_in(const OrderedJson& config, const std::string& registry);
/// The key under which Docker keeps a registry: docker.io has a name of its own.
std::string credentials_key(const std::string& registry);

}  // namespace cogpp::cli
