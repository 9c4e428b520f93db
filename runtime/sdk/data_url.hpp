// A file as text: how a file inside a struct, a map or a nested list leaves a
// prediction (cog-runtime §9.2). Files at the top level travel by path instead.
#pragma once

#include <filesystem>
#include <string>

#include "schema/result.hpp"

namespace cogpp::sdk {

/// "data:image/png;base64,…"; the type follows from the extension. Reads the whole
/// file; any thread.
Result<std::string> data_url(const std::filesystem::path& path);

}  // namespace cogpp::sdk
