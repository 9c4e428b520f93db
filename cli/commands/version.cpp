// cogpp version: this release, and the Cog release whose contract it speaks.
#include "cli/commands/commands.hpp"
#include "cli/support/program.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {

Status run_version(const VersionOptions&, Context&) {
  const std::string own = COGPP_VERSION;
  const std::string cog = schema::kCogVersion;
  return print(program_name() + " version " +
               (called_cog() ? cog + " (cogpp " + own : own + " (compatible with Cog " + cog) +
               ")\n");
}

}  // namespace cogpp::cli
