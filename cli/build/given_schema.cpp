// Reads the file and looks at its first members; what it says of the inputs is the user's.
#include "cli/build/given_schema.hpp"

#include <utility>

#include "cli/support/files.hpp"
#include "cli/support/process.hpp"
#include "schema/environment.hpp"
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

Status check_openapi(const std::string& text) {
  const auto document = parse_json(text);
  if (!document) return Error{"Failed to load model schema JSON: " + document.error().message};
  if (is_openapi_3(*document)) return {};
  return Error{"Model schema is invalid: it has no \"openapi\": \"3…\" and \"paths\""};
}

}  // namespace

Result<std::optional<GivenSchema>> given_schema(const SchemaFlag& flag) {
  GivenSchema given{.file = flag.file, .said = flag.name + " " + flag.file, .text = {}};
  const bool of_flag = !flag.file.empty();
  if (!of_flag) {
    const std::string path = environment_variable(kVariable);
    if (path.empty()) return std::optional<GivenSchema>();
    given = {.file = path, .said = std::string(kVariable) + "=" + path, .text = {}};
  }
  Result<std::string> text = read_file(given.file);
  if (!text && text.error() == interrupted()) return text.error();
  if (!text) return text.error().within(given.said);
  if (!of_flag || !flag.unchecked) {
    if (const Status valid = check_openapi(*text); !valid) return valid.error().within(given.said);
  }
  given.text = std::move(*text);
  std::error_code ignored;
  given.file = std::filesystem::absolute(given.file, ignored);
  return std::optional<GivenSchema>(std::move(given));
}

}  // namespace cogpp::cli
