// Who a container belongs to, so that a later cogpp can tell whether it is abandoned; and
// on which machine it runs.
#pragma once

#include <string>

#include "cli/engine/engine.hpp"

namespace cogpp::cli {

/// `host/pid-namespace/pid/start-time` of this process: never that of another one.
std::string own_identity();

/// Whether `identity` is one of this host and namespace whose process has ended. What
/// another machine owns is never abandoned in our eyes.
bool is_abandoned(const std::string& identity);

/// A name for a new container, unlike any other.
std::string container_name();

/// Whether the engine's containers run on this machine: its address names no other one.
bool engine_is_local(const Engine& engine);

/// The host whose ports are the engine's: the one in its address, or 127.0.0.1.
std::string engine_host(const Engine& engine);

}  // namespace cogpp::cli
