// Variables of this process's environment.
#pragma once

#include <cstdlib>
#include <string>

namespace cogpp {

/// The variable's value; empty where it is empty or not set. Any thread, while none sets one.
inline std::string environment_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? value : "";
}

}  // namespace cogpp
