// cogpp schema: the OpenAPI document that the server would serve, in the order of
// Cog's build file.
#include "cli/build/native.hpp"
#include "cli/commands/commands.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {
Status run_schema(const SchemaOptions& options, Context& context) {
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  const Result<Predictor> predictor = build_predictor(*project, {.torch = options.torch}, context);
  if (!predictor) return predictor.error();
  const OrderedJson document = schema::openapi_document(predictor->signature);
  print((options.pretty ? indented_text(document) : to_text(document)) + "\n");
  return {};
}

}  // namespace cogpp::cli
