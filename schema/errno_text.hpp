// What a number of errno means, in words.
#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace cogpp {

/// The text of `number`, such as "No such file or directory". Any thread.
inline std::string errno_text(int number = errno) {
  return std::generic_category().message(number);
}

}  // namespace cogpp
