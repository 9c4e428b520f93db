// Files that flags of the server name, read whole.
#pragma once

#include <string>

#include "schema/result.hpp"

namespace cogpp::server {

/// What the file holds; of a folder that is nothing. The error is the system's reason alone.
/// Any thread.
Result<std::string> read_text_file(const std::string& path);

}  // namespace cogpp::server
