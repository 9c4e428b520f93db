// What a call throws, for tests.
#pragma once

#include <stdexcept>
#include <string>

/// The text of the std::runtime_error that `body` throws, or that it threw none.
template <class Body>
std::string message_of(Body&& body) {
  try {
    body();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing was thrown";
}
