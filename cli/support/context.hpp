// What main() makes once and every command gets.
#pragma once

#include <filesystem>

#include "cli/support/console.hpp"
#include "cli/support/paths.hpp"
#include "cli/support/signals.hpp"

namespace cogpp::cli {

struct Context {
  Installation installation;
  std::filesystem::path cache;  ///< The user's cache of cogpp.
  Interrupt interrupt;
  Console& console;
};

}  // namespace cogpp::cli
