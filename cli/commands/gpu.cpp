#include "cli/commands/gpu.hpp"

#include "cli/support/process.hpp"
#include "cli/support/text.hpp"

// The answer is one line of JSON: {"cuda": …} or {"cuda": null, "reason": …}.
namespace cogpp::cli {

std::string GpuState::absence() const {
  return "no usable NVIDIA GPU" + (reason.empty() ? "" : " (" + reason + ")");
}

GpuState probe_gpu(Context& context) {
  const Result<Finished> finished =
      run({.program = context.installation.worker(), .arguments = {"--probe-device"}},
          context.interrupt, context.console);
  const Result<Json> answer = finished && finished->status == 0
                                  ? parse_json(first_line(finished->output))
                                  : Result<Json>(Error{""});
  GpuState state;
  if (!answer || !answer->is_object()) return state;
  const Json cuda = answer->value("cuda", Json());
  if (cuda.is_object()) state.devices = cuda;
  state.reason = answer->value("reason", std::string());
  return state;
}

}  // namespace cogpp::cli
