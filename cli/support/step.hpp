// One program among several that a command waits for, with a line of progress meanwhile.
#pragma once

#include <string>

#include "cli/support/context.hpp"
#include "cli/support/process.hpp"

namespace cogpp::cli {

/// run(), with `progress` shown until it ends. Main thread.
inline Result<Finished> run_step(const std::string& progress, const Command& command,
                                 Context& context) {
  context.console.progress(progress);
  Result<Finished> finished = run(command, context.interrupt, context.console);
  context.console.end_progress();
  return finished;
}

}  // namespace cogpp::cli
