// Authorities that the user's network has beside the public ones. Reads files.
#pragma once

#include <string>

#include "schema/result.hpp"

namespace cogpp::cli {

/// The certificates that $COG_CA_CERT stands for: a file, a folder of .crt and .pem files,
/// PEM text, or that in base64 (cog-cli §6.4). Empty when it is not set.
Result<std::string> extra_certificates();

}  // namespace cogpp::cli
