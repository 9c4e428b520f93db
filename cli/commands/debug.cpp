// cogpp debug: the Dockerfile that cogpp build would give to an engine; hidden.
#include "cli/commands/commands.hpp"
#include "cli/dockerfile/plan.hpp"

namespace cogpp::cli {

Status run_debug(const BuildImageOptions& options, Context& context) {
  if (Status valid = check_image_options(options.image, options.project); !valid) {
    return valid;
  }
  const Result<Project> project = open_project(options.project, context.console);
  if (!project) return project.error();
  const Result<ImagePlan> plan = plan_image(*project, options.image, project->concurrency, context);
  if (!plan) return plan.error();
  if (!plan->certificate.empty()) context.console.info(kInjectingCertificate);
  if (plan->python) {
    for (const std::string& warning : plan->python->warnings) context.console.warn(warning);
  }
  return print(plan->given.value_or(plan->text));
}

}  // namespace cogpp::cli
