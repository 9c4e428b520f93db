// How many clients fit into the file descriptors that this process may open.
//
// Connections wait for their turn, and slots for their workers, on descriptors of their
// own: so what all of that needs is set aside before the first client is let in.
#pragma once

#include <cstddef>

#include "schema/result.hpp"

namespace cogpp::server {

/// What takes descriptors beside connections.
struct DescriptorNeeds {
  std::size_t slots = 1;  ///< Of one replica.
  std::size_t replicas = 1;
};

/// Lets this process open as many files as the system allows: the soft limit becomes the
/// hard one. Once, by main()'s thread.
void raise_descriptor_limit();
/// The limit as it is.
std::size_t descriptor_limit();

/// Most connections at a time, where nobody asks for fewer.
inline constexpr std::size_t kMaxConnections = 4096;
/// With fewer a server is of no use.
inline constexpr std::size_t kLeastConnections = 16;

/// How many connections `limit` descriptors allow, kLeastConnections to kMaxConnections.
/// Fails when it is too low for `needs`; the error names the limit that would do. Pure.
Result<std::size_t> connection_limit(std::size_t limit, const DescriptorNeeds& needs);

}  // namespace cogpp::server
