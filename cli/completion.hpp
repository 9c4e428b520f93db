// Shell completion scripts, made from the list of commands and flags.
#pragma once

#include <string>
#include <vector>

namespace cogpp::cli {

struct CompletionCommand {
  std::string name;
  std::string description;
  std::vector<std::string> flags;  ///< With their dashes.
};

/// For `bash`, `zsh` or `fish`; empty for another shell.
std::string completion_script(const std::string& shell,
                              const std::vector<CompletionCommand>& commands);

}  // namespace cogpp::cli
