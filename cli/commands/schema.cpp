// cogpp schema: the OpenAPI document that the server would serve, in the order of
// Cog's build file, or the one that the user gives in its place.
#include <utility>

#include "cli/build/given_schema.hpp"
#include "cli/build/native.hpp"
#include "cli/commands/commands.hpp"
#include "schema/openapi.hpp"

namespace cogpp::cli {
namespace {

Status print_given(std::string text, bool pretty) {
  if (pretty) text = indented_text(OrderedJson::parse(text, nullptr, false));
  if (!text.ends_with('\n')) text += '\n';
  return print(text);
}

}  // namespace

Status run_schema(const SchemaOptions& options, Context& context) {
  Result<std::optional<GivenSchema>> given = given_schema();
  if (!given) return given.error();
  if (*given) return print_given(std::move((*given)->text), options.pretty);
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  const Result<Predictor> predictor = build_predictor(*project, options.build, context);
  if (!predictor) return predictor.error();
  const Description& described = predictor->description;
  if (!options.pretty) return print(openapi_text(*project, described) + "\n");
  return print(indented_text(project->trains_only ? schema::training_document(*described.training)
                                                  : schema::openapi_document(described.signature,
                                                                             described.training)) +
               "\n");
}

}  // namespace cogpp::cli
