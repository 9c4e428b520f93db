// cogpp schema: the OpenAPI document that the server would serve, in the order of
// Cog's build file.
#include "cli/build/native.hpp"
#include "cli/commands/commands.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {
namespace {

/// As indented_text of outputs.cpp, but in the document's own order.
std::string pretty(const OrderedJson& value, int depth) {
  if (!value.is_structured() || value.empty()) return to_text(value);
  const std::string indent(static_cast<std::size_t>(depth + 1) * 2, ' ');
  std::string text = value.is_array() ? "[" : "{";
  bool first = true;
  for (const auto& [key, item] : value.items()) {
    text += (first ? "\n" : ",\n") + indent;
    if (value.is_object()) text += quoted(key) + ": ";
    text += pretty(item, depth + 1);
    first = false;
  }
  return text + "\n" + indent.substr(2) + (value.is_array() ? "]" : "}");
}

}  // namespace

Status run_schema(const SchemaOptions& options, Context& context) {
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  const Result<Predictor> predictor = build_predictor(*project, {.torch = options.torch}, context);
  if (!predictor) return predictor.error();
  const OrderedJson document = schema::openapi_document(predictor->signature);
  print((options.pretty ? pretty(document, 0) : to_text(document)) + "\n");
  return {};
}

}  // namespace cogpp::cli
