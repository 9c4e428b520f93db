// cogpp version: this release, and the Cog release whose contract it speaks.
#include "cli/commands/commands.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {

Status run_version(const VersionOptions&, Context&) {
  print(std::string("cogpp version ") + COGPP_VERSION + " (compatible with Cog " +
        schema::kCogVersion + ")\n");
  return {};
}

}  // namespace cogpp::cli
