// Who a container belongs to, so that a later cogpp can tell whether it is abandoned.
#pragma once

#include <string>

namespace cogpp::cli {

/// `host/pid-namespace/pid/start-time` of this process: never that of another one.
std::string own_identity();

/// Whether `identity` is one of this host and namespace whose process has ended. What
/// another machine owns is never abandoned in our eyes.
bool is_abandoned(const std::string& identity);

/// A name for a new container, unlike any other.
std::string container_name();

/// Whether the engine's containers run on this machine: $DOCKER_HOST names no other one.
bool engine_is_local();

/// The host whose ports are the engine's: the one in $DOCKER_HOST, or 127.0.0.1.
std::string engine_host();

}  // namespace cogpp::cli
