// Reads the file and looks at its first members; what it says of the inputs is the user's.
#include "cli/build/given_schema.hpp"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "cli/support/files.hpp"
#include "schema/json.hpp"

namespace cogpp::cli {
namespace {

constexpr const char* kVariable = "COG_OPENAPI_SCHEMA";

bool is_openapi_3(const Json& document) {
  if (!document.is_object() || !document.contains("paths")) return false;
  const auto version = document.find("openapi");
  return version != document.end() && version->is_string() &&
         version->get_ref<const std::string&>().starts_with("3.");
}

/// `where` stands before what is wrong with the file.
Result<std::string> read_openapi_file(const std::filesystem::path& file, const std::string& where) {
  auto text = read_file(file);
  if (!text) return text.error().within(where);
  const auto document = parse_json(*text);
  if (!document) {
    return Error{"Failed to load model schema JSON: " + document.error().message}.within(where);
  }
  if (!is_openapi_3(*document)) {
    return Error{"Model schema is invalid: it has no \"openapi\": \"3…\" and \"paths\""}.within(
        where);
  }
  return text;
}

}  // namespace

Result<std::optional<std::string>> given_openapi_text() {
  const char* path = std::getenv(kVariable);
  if (path == nullptr || *path == '\0') return std::optional<std::string>();
  auto text = read_openapi_file(path, std::string(kVariable) + "=" + path);
  if (!text) return text.error();
  return std::optional<std::string>(std::move(*text));
}

Result<std::optional<std::string>> given_openapi_text(const std::string& file, bool unchecked) {
  if (file.empty()) return given_openapi_text();
  auto text = unchecked ? read_file(file) : read_openapi_file(file, file);
  if (!text) return text.error();
  return std::optional<std::string>(std::move(*text));
}

}  // namespace cogpp::cli
